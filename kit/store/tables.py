"""The tables. Only what cannot be derived is kept: people, content by its hash, runs, and their picks."""

import sqlalchemy as sa

SCHEMA_VERSION = 1

metadata = sa.MetaData()

schema_version = sa.Table("schema_version", metadata, sa.Column("version", sa.Integer, nullable=False))

content = sa.Table(
    "content", metadata,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),      # playbook or scenario
    sa.Column("name", sa.String(60), nullable=False),      # the scenario's id, or "playbook"
    sa.Column("json", sa.Text, nullable=False),            # canonical JSON
)

people = sa.Table(
    "people", metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(60), nullable=False),      # "" when they gave none
    sa.Column("at_run", sa.String(32), nullable=False),    # the run on their screen, "" for none
    sa.Column("came_at", sa.String(32), nullable=False),   # ISO 8601, UTC
)

runs = sa.Table(
    "runs", metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("person", sa.ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("scenario", sa.String(60), nullable=False),
    sa.Column("scenario_hash", sa.ForeignKey("content.hash"), nullable=False),
    sa.Column("playbook_hash", sa.ForeignKey("content.hash"), nullable=False),
    sa.Column("mode", sa.String(16), nullable=False),      # practice or assessment
    sa.Column("seed", sa.String(32), nullable=False),
    sa.Column("started_at", sa.String(32), nullable=False),
)

picks = sa.Table(
    "picks", metadata,
    sa.Column("run", sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("step", sa.Integer, primary_key=True),       # from 1; with `run` it makes a pick unique
    sa.Column("scene", sa.String(60), nullable=False),
    sa.Column("shown", sa.JSON, nullable=False),           # ids in the order shown
    sa.Column("answer", sa.JSON, nullable=False),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("read_at", sa.String(32)),                   # when reply and feedback had been read
)

resume_codes = sa.Table(
    "resume_codes", metadata,
    sa.Column("person", sa.ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),   # one each: a new code replaces the old
    sa.Column("digest", sa.String(64), nullable=False, unique=True),   # SHA-256 of the code; the code itself is not kept
    sa.Column("made_at", sa.String(32), nullable=False),
)

workshop = sa.Table("workshop", metadata, sa.Column("ended_at", sa.String(32), nullable=False))   # no row: it goes on
