"""The tables. Only what cannot be derived is kept: people, content by its hash, runs and picks, role-plays and ratings."""

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
    sa.Column("sure", sa.Integer),                         # how sure they were, 1-4; asked for in forms only
    sa.Column("read_at", sa.String(32)),                   # when reply and feedback had been read
)

resume_codes = sa.Table(
    "resume_codes", metadata,
    sa.Column("person", sa.ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),   # one each: a new code replaces the old
    sa.Column("digest", sa.String(64), nullable=False, unique=True),   # SHA-256 of the code; the code itself is not kept
    sa.Column("made_at", sa.String(32), nullable=False),
)

roleplays = sa.Table(
    "roleplays", metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("scenario", sa.String(60), nullable=False),
    sa.Column("scenario_hash", sa.ForeignKey("content.hash"), nullable=False),
    sa.Column("playbook_hash", sa.ForeignKey("content.hash"), nullable=False),
    sa.Column("trainee", sa.ForeignKey("people.id", ondelete="CASCADE"), index=True),   # null: somebody who is not in the room
    sa.Column("trainee_name", sa.String(60), nullable=False),
    sa.Column("client_name", sa.String(60), nullable=False),
    sa.Column("trainee_code", sa.String(16), nullable=False, unique=True),   # opens the trainee's brief
    sa.Column("client_code", sa.String(16), nullable=False, unique=True),    # opens the client player's
    sa.Column("made_at", sa.String(32), nullable=False),
    sa.Column("phase", sa.Integer),                        # the phase that runs, from 0; null: none
    sa.Column("phase_at", sa.String(32)),                  # since when
)

seats = sa.Table(
    "seats", metadata,
    sa.Column("roleplay", sa.ForeignKey("roleplays.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("seat", sa.String(16), primary_key=True),    # first, second, self, settled
    sa.Column("rater", sa.String(60), nullable=False),     # display name
    sa.Column("done_at", sa.String(32)),
)

ratings = sa.Table(   # only added to: the latest of a seat and rule is in force, those before it are the log
    "ratings", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("roleplay", sa.ForeignKey("roleplays.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("seat", sa.String(16), nullable=False),
    sa.Column("rule", sa.String(60), nullable=False),
    sa.Column("value", sa.Integer, nullable=False),        # 1-5, or 0: not seen
    sa.Column("evidence", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),          # why it was corrected after the seat was done, else ""
    sa.Column("at", sa.String(32), nullable=False),
)

notes = sa.Table(
    "notes", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("roleplay", sa.ForeignKey("roleplays.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("seat", sa.String(16), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),      # note, quote, red line
    sa.Column("words", sa.Text, nullable=False),           # for a red line the rule's id
    sa.Column("phase", sa.Integer),                        # in which phase, and how long after its start (seconds)
    sa.Column("seconds", sa.Float),
    sa.Column("struck", sa.Boolean, nullable=False, default=False),
)

comments = sa.Table(   # a rater's words to use again
    "comments", metadata,
    sa.Column("rule", sa.String(60), primary_key=True),
    sa.Column("words", sa.String(500), primary_key=True),
    sa.Column("at", sa.String(32), nullable=False),
)

attempts = sa.Table(   # a rater in training: one go at one set of talks
    "attempts", metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("rater", sa.String(60), nullable=False, index=True),   # display name
    sa.Column("training", sa.String(60), nullable=False),  # the set's id
    sa.Column("training_hash", sa.ForeignKey("content.hash"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),       # from 1, for this rater and this set of this hash
    sa.Column("started_at", sa.String(32), nullable=False),
    sa.Column("finished_at", sa.String(32)),
    sa.UniqueConstraint("rater", "training_hash", "number"),
)

training_ratings = sa.Table(
    "training_ratings", metadata,
    sa.Column("attempt", sa.ForeignKey("attempts.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("performance", sa.String(60), primary_key=True),
    sa.Column("rule", sa.String(60), primary_key=True),
    sa.Column("value", sa.Integer, nullable=False),        # 1-5, or 0: not seen
    sa.Column("at", sa.String(32), nullable=False),
)

rated_talks = sa.Table(
    "rated_talks", metadata,
    sa.Column("attempt", sa.ForeignKey("attempts.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("performance", sa.String(60), primary_key=True),
    sa.Column("at", sa.String(32), nullable=False),        # when its ratings became final
    sa.Column("read_at", sa.String(32)),                   # when what differs from the reference had been read
)

workshop = sa.Table("workshop", metadata, sa.Column("ended_at", sa.String(32), nullable=False))   # no row: it goes on
