"""Compiles a program of public headers against a build, runs it, and returns what it prints."""
import pathlib
import subprocess
import tempfile


def add_arguments(parser):
    """What `output_of` needs to know."""
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--flags", default="")
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, required=True)


def output_of(text, arguments):
    source, build = arguments.source.resolve(), arguments.build.resolve()
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "program.cpp").write_text(text)
        subprocess.run([arguments.compiler, "-std=c++20", *arguments.flags.split(), "program.cpp", "-o", "program",
                        f"-I{source}/frontend/include", f"-I{source}", f"-I{build}/generated", f"-L{build}/lib",
                        "-letch", f"-Wl,-rpath,{build}/lib"], cwd=folder, check=True)
        return subprocess.run(["./program"], cwd=folder, check=True, capture_output=True, text=True).stdout
