"""What a machine runs for a job: the script does what the job's fields say."""

from collective.mwsvm.models import job_documents
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.workload import scripts
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
import os
import pytest
import shlex
import subprocess


def run(text, job="Moab.7", **fields):
    """What a job says whose command file has this text."""
    document = job_documents.submitted({"commandFile": "/x.sh", **fields}, 2)
    script = scripts.start_string(document, lambda path: text)
    env = {name: os.environ[name] for name in ("PATH",)} | {"MWSVM_JOB": job}
    return subprocess.run(
        ["/bin/sh", "-c", script], capture_output=True, text=True, env=env, timeout=30
    )


BOTH = "echo good\necho bad >&2\necho better\n"


def test_output_in_a_directory_has_the_name_of_the_job(tmp_path):
    (tmp_path / "it's here").mkdir()
    folder = tmp_path / "it's here"
    for job in ("Moab.7", "Moab.7[3]"):
        done = run(
            BOTH,
            job,
            standardOutputFilePath=str(folder),
            standardErrorFilePath=f"{folder}/",
        )
        assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
        assert (folder / f"{job}.out").read_text() == "good\nbetter\n"
        assert (folder / f"{job}.err").read_text() == "bad\n"
    assert len(list(folder.iterdir())) == 4


def test_output_in_files(tmp_path):
    out, err = tmp_path / "out.txt", tmp_path / "err.txt"
    out.write_text("from before")
    done = run(BOTH, standardOutputFilePath=str(out), standardErrorFilePath=str(err))
    assert (done.stdout, done.stderr) == ("", "")
    assert (out.read_text(), err.read_text()) == ("good\nbetter\n", "bad\n")


def test_one_file_has_both_in_their_order(tmp_path):
    path = str(tmp_path / "all.txt")
    run(BOTH, standardOutputFilePath=path, standardErrorFilePath=path)
    assert (tmp_path / "all.txt").read_text() == "good\nbad\nbetter\n"


def test_what_has_no_path_goes_to_the_log(tmp_path):
    path = str(tmp_path / "file")
    assert run(BOTH, standardOutputFilePath=path).stderr == "bad\n"
    assert run(BOTH, standardErrorFilePath=path).stdout == "good\nbetter\n"
    done = run(BOTH)
    assert (done.stdout, done.stderr) == ("good\nbetter\n", "bad\n")


def test_relative_paths_begin_at_the_working_directory(tmp_path):
    fields = {"initialWorkingDirectory": str(tmp_path)}
    run(BOTH, standardOutputFilePath="out.txt", **fields)
    assert (tmp_path / "out.txt").exists()


def test_a_path_that_can_t_be_written_is_told_in_the_log():
    done = run(BOTH, standardOutputFilePath="/nowhere/at/all")
    assert done.returncode != 0
    assert "/nowhere/at/all" in done.stderr
    assert "good" not in done.stdout


def test_variables_are_not_changed_on_the_way():
    names = ("command", "file", "code", "out", "err")
    said = " ".join(f"${name}" for name in names)
    done = run(f"echo {said}\n", variables={name: f"my-{name}" for name in names})
    assert done.stdout == "my-command my-file my-code my-out my-err\n"


def test_a_program_is_the_machine_s_own():
    text = scripts.read_command("/bin/sh")
    assert len(text) < 100
    done = run(text, commandLineArguments="""-c 'echo "$0|$1"; exit 4' 'a b' c""")
    assert (done.stdout, done.returncode) == ("a b|c\n", 4)


def test_a_program_that_the_machine_has_not(tmp_path):
    program = tmp_path / "it's a program"
    program.write_bytes(b"\x7fELF" + bytes(100))
    program.chmod(0o644)
    text = scripts.read_command(str(program))
    program.unlink()
    done = run(text)
    assert done.returncode == 127
    assert "it's a program" in done.stderr


@pytest.mark.parametrize(
    "content, message",
    [
        (b"\xff\xfe", "it is not UTF-8"),
        (b" \n", "it is no script"),
        (b"echo \0", "it is no script"),
        (b"#" * (scripts.LIMIT + 1), "it is longer than 49152 bytes"),
    ],
)
def test_what_is_neither_script_nor_program(tmp_path, content, message):
    path = tmp_path / "file"
    path.write_bytes(content)
    path.chmod(0o644)
    with pytest.raises(Invalid, match=message):
        scripts.read_command(str(path))


printable = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)


@settings(max_examples=40, deadline=None)
@given(st.lists(printable, max_size=4), printable)
def test_arguments_and_environment_arrive_as_they_were(arguments, value):
    done = run(
        'printf \'%s\\n\' "$VALUE" "$@"\n',
        commandLineArguments=shlex.join(arguments),
        environmentVariables={"VALUE": value},
    )
    assert done.stdout == "".join(f"{each}\n" for each in (value, *arguments))


def test_a_job_knows_its_name_and_its_index_in_an_array():
    text = 'echo "$MOAB_JOBID ${MOAB_JOBARRAYINDEX-none}"\n'
    assert run(text).stdout == "Moab.7 none\n"
    assert run(text, "Moab.7[3]").stdout == "Moab.7[3] 3\n"
    own = {"environmentVariables": {"MOAB_JOBARRAYINDEX": "mine"}}
    assert run(text, "Moab.7[3]", **own).stdout == "Moab.7[3] mine\n"
