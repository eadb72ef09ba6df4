"""NumPy's and ml_dtypes' casts of the bench `numbers`, on its values.

casts.py VALUES PATTERNS FOLDER NAME=DTYPE…

VALUES and PATTERNS are files of float32. Prints one line a format, "NAME encode-seconds decode-seconds", best of three, on one thread, and
writes the codes of both files to FOLDER/NAME.values and FOLDER/NAME.patterns.
"""

import sys
import time

import ml_dtypes  # noqa: F401  makes its dtypes known to NumPy
import numpy as np


def best(work):
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
    return min(seconds), result


def main():
    values, patterns, folder, *formats = sys.argv[1:]
    values, patterns = np.fromfile(values, np.float32), np.fromfile(patterns, np.float32)
    np.seterr(all="ignore")
    for text in formats:
        name, dtype = text.split("=")
        dtype = np.dtype(getattr(ml_dtypes, dtype, None) or dtype)
        encode, codes = best(lambda: values.astype(dtype))
        decode, _ = best(lambda: codes.astype(np.float32))
        codes.tofile(f"{folder}/{name}.values")
        patterns.astype(dtype).tofile(f"{folder}/{name}.patterns")
        print(name, encode, decode, flush=True)


main()
