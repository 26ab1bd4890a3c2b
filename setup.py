from pathlib import Path
from setuptools import find_namespace_packages
from setuptools import setup


here = Path(__file__).parent
long_description = "\n\n".join(
    (here / name).read_text(encoding="utf-8") for name in ("README.md",)
)

setup(
    name="collective.mwsvm",
    version="1.0.0.dev0",
    description=(
        "A Plone site as the control plane of virtual machines and batch jobs, "
        "with the Moab Web Services REST API"
    ),
    long_description=long_description,
    long_description_content_type="text/markdown",
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Environment :: Web Environment",
        "Framework :: Plone",
        "Framework :: Plone :: 6.2",
        "Framework :: Plone :: Addon",
        "License :: OSI Approved :: GNU General Public License v2 (GPLv2)",
        "Operating System :: POSIX",
        "Programming Language :: Python",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3 :: Only",
        "Topic :: System :: Distributed Computing",
    ],
    keywords="Plone virtual machines EC2 batch jobs Moab MWS",
    author="The collective.mwsvm founders",
    license="GPLv2",
    package_dir={"": "src"},
    packages=find_namespace_packages("src", include=["collective.*"]),
    include_package_data=True,
    zip_safe=False,
    python_requires=">=3.11,<3.12",
    install_requires=[
        "Plone>=6.2,<6.3",
        "alembic",
        "APScheduler>=3.11,<4",
        "boto3",
        "five.grok>=4.1",
        "google-re2",
        "lxml",
        "orjson",
        "prometheus-client",
        "pydantic>=2",
        "SQLAlchemy>=2.0",
        "zope.sqlalchemy>=3",
    ],
    extras_require={
        # The embedded EC2 of "mwsvm cloud", "mwsvm demo" and "serve --demo".
        "cloud": ["moto[ec2,server]"],
        # Users and groups for principals from a directory.
        "ldap": ["ldap3"],
        # The plug-in type Libvirt; it is compiled against Debian's libvirt-dev.
        "libvirt": ["libvirt-python>=9"],
        "postgresql": ["psycopg[binary]"],
        "zeo": ["ZEO"],
        "relstorage": ["RelStorage", "psycopg2-binary"],
        # The plug-in type VCenter.
        "vcenter": ["pyvmomi>=8"],
        "test": [
            "collective.mwsvm[cloud,ldap,postgresql,vcenter,zeo]",
            "hypothesis",
            "openapi-spec-validator",
            "plone.app.testing",
            "playwright",
            "psutil",
            "pytest",
            "pytest-xdist",
            "requests",
            "schemathesis",
            "vermin",
            "zope.pytestlayer",
        ],
        "dev": ["mypy", "ruff", "towncrier", "zpretty"],
    },
    entry_points={
        "collective.mwsvm.plugins": [
            f"{name} = collective.mwsvm.plugins.types.{module}"
            for name, module in (
                ("Native", "native.plugin"),
                ("NodeUtilizationReport", "utilization.node"),
                ("VMUtilizationReport", "utilization.vm"),
                ("Libvirt", "libvirt.plugin"),
                ("VCenter", "vcenter.plugin"),
            )
        ],
        "console_scripts": ["mwsvm = collective.mwsvm.cli:main"],
        "paste.filter_app_factory": [
            "mws = collective.mwsvm.rest.wsgi:filter_app_factory"
        ],
        "z3c.autoinclude.plugin": ["target = plone"],
    },
)
