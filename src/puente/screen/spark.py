"""Questions answered by Apache Spark: each worker maps the index and answers its share of rows.

The index goes to every worker as an archive, checked and mapped there once a process; rows
come and go as Arrow batches. Rows are the same as in one process, since an answer depends on its
own question and the index alone.

Source: Apache Spark, `DataFrame.mapInArrow` and `SparkContext.addArchive`.
Limits: the workers' Python needs this version of Puente; another is refused, as an index of other
    code is.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from puente.errors import SourceFailed
from puente.i18n import current_language, use_language
from puente.i18n import gettext as _
from puente.resolve.spark_session import spark_session
from puente.screen.answering import AT_ONCE, Line, Options, answer_lines
from puente.screen.index_files import open_index
from puente.screen.match import Screener

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pyspark.sql import SparkSession

    from puente.screen.index_files import ListIndex
    from puente.screen.questions import Values

SCHEMA = "number long, text string, alert boolean, noted boolean"
_FIELDS = ("number", "text", "alert", "noted")


@contextmanager
def spark_answers(
    index: ListIndex, options: Options
) -> Iterator[Callable[[Sequence[Values]], Sequence[Line]]]:
    """Give what answers questions by the Spark master that the options name.

    Raises:
        NotFound: pyspark, Java or the master; says what to do.
        SourceFailed: Spark could not answer.
    Source: see the module.
    """
    answer = _Answer(
        folder=index.key,
        options=replace(options, index=None, as_of=None),
        language=current_language(),
    )
    conf = {"spark.sql.execution.arrow.maxRecordsPerBatch": str(AT_ONCE)}
    with (
        spark_session(options.master, "puente screen", conf) as session,
        tempfile.TemporaryDirectory(prefix="puente-") as folder,
    ):
        # A folder can be added on a master of one machine only; an archive anywhere.
        packed = Path(folder) / f"{index.key}.zip"
        with zipfile.ZipFile(packed, "w") as archive:
            for file in sorted(index.path.iterdir() if index.path else ()):
                archive.write(file, file.name)
        session.sparkContext.addArchive(f"{packed}#{index.key}")
        yield lambda part: _ask(session, answer, part)


class _Answer:
    """What a worker does with its rows."""

    def __init__(self, folder: str, options: Options, language: str) -> None:
        self.folder, self.options, self.language = folder, options, language

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from pyspark import SparkFiles

        screener = _screener(SparkFiles.get(self.folder))
        with use_language(self.language):
            for batch in batches:
                numbers, texts = (batch.column(n).to_pylist() for n in (0, 1))
                for start in range(0, len(numbers), AT_ONCE):
                    part = [json.loads(text) for text in texts[start : start + AT_ONCE]]
                    lines = answer_lines(screener, part, self.options)
                    yield pa.RecordBatch.from_arrays(
                        [
                            pa.array(numbers[start : start + AT_ONCE], pa.int64()),
                            pa.array([line.text for line in lines], pa.string()),
                            pa.array([line.alert for line in lines], pa.bool_()),
                            pa.array([line.noted for line in lines], pa.bool_()),
                        ],
                        names=list(_FIELDS),
                    )


@cache
def _screener(folder: str) -> Screener:
    """Return the screener of an index folder; one a process."""
    return Screener(open_index(Path(folder)))


def _ask(session: SparkSession, answer: _Answer, part: Sequence[Values]) -> list[Line]:
    table = pa.table(
        {
            "number": pa.array(range(len(part)), pa.int64()),
            "question": pa.array([json.dumps(v, ensure_ascii=False) for v in part], pa.string()),
        }
    )
    asked = session.createDataFrame(table)
    found = asked.mapInArrow(answer, SCHEMA).toArrow().sort_by("number")
    if found["number"].to_pylist() != list(range(len(part))):
        raise SourceFailed(_("Spark lost questions; nothing was written"))
    columns = (found[name].to_pylist() for name in _FIELDS[1:])
    return [Line(text=t, alert=a, noted=n) for t, a, n in zip(*columns, strict=True)]
