"""What a machine runs for a job: the script does what the job's fields say."""

from collective.mwsvm.models import job_documents
from collective.mwsvm.models.errors import Invalid
from collective.mwsvm.workload import scripts
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
import os
import pytest
import re
import shlex
import signal
import subprocess


ENVIRONMENT = {name: os.environ[name] for name in ("PATH",)}


def script(text, **fields):
    """What a machine runs for a job whose command file has this text.

    Its prolog and its epilog have theirs in the place of a path.
    """
    document = job_documents.submitted({"commandFile": "/x.sh", **fields}, 2)

    def read(path, field):
        return text if field == "commandFile" else path

    return scripts.start_string(document, read)


def run(text, job="Moab.7", **fields):
    """What a job says."""
    return subprocess.run(
        ["/bin/sh", "-c", script(text, **fields)],
        capture_output=True,
        text=True,
        env=ENVIRONMENT | {"MWSVM_JOB": job},
        timeout=30,
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
    text = scripts.read_script("/bin/sh")
    assert len(text) < 100
    done = run(text, commandLineArguments="""-c 'echo "$0|$1"; exit 4' 'a b' c""")
    assert (done.stdout, done.returncode) == ("a b|c\n", 4)


def test_a_program_that_the_machine_has_not(tmp_path):
    program = tmp_path / "it's a program"
    program.write_bytes(b"\x7fELF" + bytes(100))
    program.chmod(0o644)
    text = scripts.read_script(str(program))
    program.unlink()
    done = run(text)
    assert done.returncode == 127
    assert "it's a program" in done.stderr


WHOSE = {
    "credentials": {
        "user": "amy",
        "group": "staff",
        "jobClass": "batch",
        "account": "it's mine",
    },
    "customName": "a name",
}
SAY = 'for word; do printf "<%s>" "$word"; done; echo'


def test_a_prolog_and_an_epilog_are_told_whose_job_it_is():
    done = run("echo works; exit 3", **WHOSE, prologScript=SAY, epilogScript=SAY)
    before, between, after = done.stdout.splitlines()
    assert before == "<Moab.7><amy><staff><a name><><batch><it's mine>"
    assert between == "works"
    whose, shell, rest = re.fullmatch(r"(.*>)<(\d+)>(<.*)", after).groups()
    assert whose == "<Moab.7><amy><staff><a name>"
    assert int(shell)
    assert rest == "<><><batch><it's mine><3>"
    assert done.returncode == 3


def test_a_job_without_a_name_or_credentials():
    assert run("true", prologScript=SAY).stdout == "<Moab.7><><><Moab.7><><><>\n"


def test_without_success_of_the_prolog_there_is_an_epilog_only():
    done = run("echo works", prologScript="exit 9", epilogScript='echo "end ${10}"')
    assert (done.stdout, done.returncode) == ("end 9\n", 9)


def test_an_epilog_does_not_change_how_the_job_has_ended():
    assert run("exit 4", epilogScript="exit 5").returncode == 4


def test_prolog_command_and_epilog_write_to_the_same_place(tmp_path):
    path = str(tmp_path / "all.txt")
    echo = {"prologScript": "echo one", "epilogScript": "echo three >&2"}
    done = run(
        "echo two", standardOutputFilePath=path, standardErrorFilePath=path, **echo
    )
    assert (done.stdout, done.stderr) == ("", "")
    assert (tmp_path / "all.txt").read_text() == "one\ntwo\nthree\n"


@pytest.mark.parametrize("where", ["prolog", "command"])
def test_an_epilog_runs_when_the_job_is_asked_to_end(where):
    wait = "echo here; exec sleep 30"
    texts = {"prolog": "true", "command": "echo never", where: wait}
    process = subprocess.Popen(
        [
            "/bin/sh",
            "-c",
            script(
                texts["command"],
                prologScript=texts["prolog"],
                epilogScript='echo "end ${10}"',
            ),
        ],
        stdout=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
        start_new_session=True,
    )
    assert process.stdout.readline() == "here\n"
    os.killpg(process.pid, signal.SIGTERM)
    assert process.communicate(timeout=30)[0] == "end 143\n"
    assert process.returncode == 143


def test_nothing_is_left_in_the_temporary_folder(tmp_path):
    environment = {"TMPDIR": str(tmp_path)}
    run("true", prologScript="true", epilogScript="true", variables=environment)
    assert list(tmp_path.iterdir()) == []


def test_scripts_that_are_too_long_together():
    document = job_documents.submitted({"commandFile": "/a", "epilogScript": "/b"}, 2)
    with pytest.raises(Invalid, match="65536 characters together, not 8"):
        scripts.start_string(document, lambda path, field: "#" * 40_000)


def test_the_field_is_named_whose_script_can_not_be_read(tmp_path):
    document = job_documents.submitted(
        {"commandFile": "/bin/true", "epilogScript": f"{tmp_path}/none"}, 2
    )
    with pytest.raises(Invalid) as error:
        scripts.start_string(document)
    assert error.value.messages == [
        f"The field 'epilogScript' can't be '{tmp_path}/none': it does not exist on the "
        "server",
        "MWS must have read access to the file",
    ]


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
        scripts.read_script(str(path))


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
