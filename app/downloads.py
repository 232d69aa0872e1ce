"""A finished run's export as one ZIP file, for the browser. Knows nothing about what an export has."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from app.failures import sentence_of

if TYPE_CHECKING:
    from starlette.responses import Response

    from domain_tuner.workspace import Workspace

ADAPTERS = "/adapters/{run_id}.zip"


def adapter_zip(workspace: Workspace, run_id: str, uploads: Path) -> Response:
    """The adapter with its card; it is put together below `uploads`, and gone when it was sent."""
    from starlette.background import BackgroundTask
    from starlette.responses import FileResponse, PlainTextResponse

    from domain_tuner.errors import TuningError
    from domain_tuner.export import export

    made = Path(tempfile.mkdtemp(dir=uploads))
    clear = BackgroundTask(shutil.rmtree, made, ignore_errors=True)
    try:
        run = workspace.runs.finished(run_id)
        export(run, made / run.id)
        packed = shutil.make_archive(str(made / run.id), "zip", made, run.id)
    except TuningError as error:
        return PlainTextResponse(sentence_of(error, workspace.folder), 404, background=clear)
    return FileResponse(packed, filename=f"{run.id}.zip", background=clear)
