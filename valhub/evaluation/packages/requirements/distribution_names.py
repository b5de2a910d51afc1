"""Which package brings a module: mostly one of the same name, and here those that differ.

`packages_distributions` of the standard library knows this for installed packages only, and none
of an algorithm's is installed where it is checked.
"""

import sys

from packaging.utils import canonicalize_name

STANDARD_MODULES = sys.stdlib_module_names | {
    # Newer versions of Python have these, and older ones had them.
    "annotationlib",
    "asynchat",
    "asyncore",
    "compression",
    "distutils",
    "imp",
    "smtpd",
}
_OTHER_NAMES = {
    "attr": ("attrs",),
    "bs4": ("beautifulsoup4",),
    "cairo": ("pycairo",),
    "clr": ("pythonnet",),
    "Crypto": ("pycryptodome",),
    "Cryptodome": ("pycryptodomex",),
    "cv2": (
        "opencv-python-headless",
        "opencv-python",
        "opencv-contrib-python",
        "opencv-contrib-python-headless",
    ),
    "dateutil": ("python-dateutil",),
    "distutils": ("setuptools<81",),
    "docx": ("python-docx",),
    "dotenv": ("python-dotenv",),
    "faiss": ("faiss-cpu",),
    "fitz": ("pymupdf",),
    "git": ("gitpython",),
    "imblearn": ("imbalanced-learn",),
    "jose": ("python-jose",),
    "jwt": ("pyjwt",),
    "Levenshtein": ("levenshtein", "python-levenshtein"),
    "magic": ("python-magic",),
    "matlab": ("matlabengine",),
    "mpl_toolkits": ("matplotlib",),
    "MySQLdb": ("mysqlclient",),
    "nacl": ("pynacl",),
    "OpenSSL": ("pyopenssl",),
    "osgeo": ("gdal",),
    "PIL": ("pillow",),
    "pkg_resources": ("setuptools<81",),
    "pptx": ("python-pptx",),
    "psycopg2": ("psycopg2-binary", "psycopg2"),
    "pylab": ("matplotlib",),
    "pyximport": ("cython",),
    "pywt": ("pywavelets",),
    "pythoncom": ("pywin32",),
    "PySAM": ("nrel-pysam",),
    "rest_framework": ("djangorestframework",),
    "ruamel": ("ruamel-yaml",),
    "serial": ("pyserial",),
    "skimage": ("scikit-image",),
    "sklearn": ("scikit-learn",),
    "sklearnex": ("scikit-learn-intelex",),
    "skopt": ("scikit-optimize",),
    "sksparse": ("scikit-sparse",),
    "sksurv": ("scikit-survival",),
    "slugify": ("python-slugify",),
    "snappy": ("python-snappy",),
    "solardatatools": ("solar-data-tools",),
    "umap": ("umap-learn",),
    "win32api": ("pywin32",),
    "win32com": ("pywin32",),
    "yaml": ("pyyaml",),
    "zmq": ("pyzmq",),
}


def package_of(module: str) -> str:
    """Return the requirement that brings a top-level module, as far as its name shows."""
    return _OTHER_NAMES.get(module, (module,))[0]


def missing_module_fix(module: str) -> str:
    """Say how to have a module that an import did not find, as a sentence.

    Parameters
    ----------
    module : str
        Its dotted name.
    """
    top, _, below = module.partition(".")
    if top in STANDARD_MODULES and top not in _OTHER_NAMES:
        return f"This Python has no `{module}`: name one that has it in .python-version."
    if below:
        return (
            f"The installed `{package_of(top)}` has no `{module}`: require a version that has it."
        )
    return f"Add `{package_of(top)}` to requirements.txt."


def brings(project: str, module: str) -> bool:
    """Return whether a required project probably brings a top-level module.

    Parameters
    ----------
    project : str
        Canonical project name.
    """
    name = canonicalize_name(module)
    others = {each.partition("<")[0] for each in _OTHER_NAMES.get(module, ())}
    variants = {name, f"py{name}", f"py-{name}", f"python-{name}", f"{name}-python"}
    return (
        project in variants | others
        or project.startswith(f"{name}-")  # tensorflow-cpu, psycopg2-binary, google-cloud-storage
    )
