"""dbt that is started and has parsed once, for tests that build many times. Run by test_restated_days.

Its arguments are those of every invocation (project, target, folders); each line of its input is a list of further
ones. Builds are forked from this process: dbt keeps its connection to the warehouse for as long as it lives.
"""

import json
import os
import sys

from dbt.cli.main import dbtRunner


def main(common: list[str]) -> None:
    manifest = dbtRunner().invoke(["--quiet", "parse", *common]).result
    for line in sys.stdin:
        child = os.fork()
        if not child:
            quiet = ["--quiet", "--no-write-json", "--log-level-file", "none"]
            result = dbtRunner(manifest=manifest).invoke([*quiet, *json.loads(line), *common])
            if result.exception:
                sys.stderr.write(f"{result.exception}\n")
            os._exit(0 if result.success else 1)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.write(sys.stdout.fileno(), f"{code}\n".encode())


main(sys.argv[1:])
