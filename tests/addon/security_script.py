"""Run by test_security: what headless_script does, written down by an audit hook.

security_script.py LOG PICTURE PYTHON OUT.json
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import audited

if __name__ == "__main__":
    log, *arguments = sys.argv[sys.argv.index("--") + 1 :]
    audited.watch(log)
    import headless_script

    headless_script.main(*arguments)
    sys.stdout.flush()
    os._exit(0)  # as headless_script does
