"""The table of costs in README, as `make bench` writes it."""

from __future__ import annotations

from tests import bench


def test_table_shows_the_range_of_the_runs() -> None:
    """A row shows the lowest and the highest run of its highest figure. Equal runs show one number."""
    figures = {name: [1.0] for name in ("accept.cpu_ratio", "accept.macs_percent", "ladder_step.cpu_ms")}
    figures |= {name: [2.0] for name in ("case_api.cpu_ms", "page.start.cpu_ms", "package.zip_mb")}
    figures |= {f"coldstart.{name}.ratio": [1.2, 1.3, 1.25] for name in ("site", "documents", "night")}
    figures |= {"package.unzipped_mb": [60.0] * 3, "life.short.us_cent": [0.2], "machine.load": [0.1, 0.4]}
    figures |= {"index.items": [5.0], "index.kb": [2.0]}
    figures |= {"life.upheld_and_paid.us_cent": [0.1], "page.complaint.cpu_ms": [5.0, 7.0, 6.0]}
    figures |= {"page.desk_list.cpu_ms": [4.0], "page.desk_case_new.cpu_ms": [4.0]}
    said = bench.table(figures)
    assert "| CPU of the dearest page that is measured | 5–7 ms | 10 ms |" in said
    assert "| package, unzipped | 60 MB | 60 MB |" in said
    assert "| start of the site, in imports of its libraries | 1.2–1.3 × | 1.3 × |" in said
