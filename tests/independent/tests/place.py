"""Where the clone is; where the package is found."""

import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
ROOT = pathlib.Path(os.environ.get("MINGZHENG_ROOT", pathlib.Path(__file__).parents[3]))
