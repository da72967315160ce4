"""The tables of one user's file, and how older files are brought up to date."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from usermind.errors import StoreVersionError
from usermind.memory.transactions import one_change

_V1 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;

CREATE TABLE observation (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    text         TEXT NOT NULL,
    source       TEXT NOT NULL,
    author       TEXT NOT NULL,
    tier         TEXT NOT NULL,
    session      TEXT,
    external_id  TEXT,
    identity     BLOB NOT NULL UNIQUE,  -- what makes two arrivals the same, see journal.py
    content_hash BLOB NOT NULL,
    event_at     REAL NOT NULL,         -- seconds since 1970, UTC
    utc_offset   INTEGER NOT NULL,      -- seconds, of the place where it happened
    ingested_at  REAL NOT NULL,
    tokens       INTEGER NOT NULL,      -- these three are what ranking needs of the text
    asks         INTEGER NOT NULL,
    dated        INTEGER NOT NULL,
    embedded     INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX observation_by_time ON observation (event_at, id);
CREATE INDEX observation_by_session ON observation (session, id);
CREATE INDEX observation_to_embed ON observation (id) WHERE embedded = 0;

CREATE TABLE basis (                    -- what a reply of the assistant was made from
    reply INTEGER NOT NULL REFERENCES observation (id) ON DELETE CASCADE,
    item  TEXT NOT NULL,
    PRIMARY KEY (item, reply)
) WITHOUT ROWID;
CREATE INDEX basis_by_reply ON basis (reply);

CREATE TABLE work (                     -- observations that reflection has not finished
    observation_id INTEGER PRIMARY KEY REFERENCES observation (id) ON DELETE CASCADE,
    state       TEXT NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'leased', 'dead')),
    attempts    INTEGER NOT NULL DEFAULT 0,
    next_at     REAL NOT NULL DEFAULT 0,
    lease       TEXT,
    lease_until REAL,
    last_error  TEXT
);

CREATE TABLE proposition (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    text         TEXT NOT NULL,
    fingerprint  BLOB NOT NULL,         -- of the words, see text.py
    slot         TEXT,
    durability   TEXT NOT NULL,
    status       TEXT NOT NULL,
    pinned       INTEGER NOT NULL DEFAULT 0,
    prior        REAL NOT NULL,         -- probability before any evidence
    verdict      REAL,                  -- log-odds set by the user, if any
    log_odds     REAL NOT NULL,         -- belief, a function of the columns above and evidence
    version      INTEGER NOT NULL,
    superseded_by INTEGER REFERENCES proposition (id) ON DELETE SET NULL,
    created_at   REAL NOT NULL,
    supported_at REAL NOT NULL,         -- event time of the last support
    updated_at   REAL NOT NULL,
    tokens       INTEGER NOT NULL,
    dated        INTEGER NOT NULL,
    embedded     INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX proposition_by_fingerprint ON proposition (fingerprint);
CREATE INDEX proposition_by_slot ON proposition (slot) WHERE slot IS NOT NULL;
CREATE INDEX proposition_to_embed ON proposition (id) WHERE embedded = 0;

CREATE TABLE proposition_version (
    proposition_id INTEGER NOT NULL REFERENCES proposition (id) ON DELETE CASCADE,
    version    INTEGER NOT NULL,
    text       TEXT NOT NULL,
    status     TEXT NOT NULL,
    confidence REAL NOT NULL,
    cause      TEXT NOT NULL,
    author     TEXT NOT NULL,
    at         REAL NOT NULL,
    PRIMARY KEY (proposition_id, version)
) WITHOUT ROWID;

CREATE TABLE evidence (
    proposition_id INTEGER NOT NULL REFERENCES proposition (id) ON DELETE CASCADE,
    observation_id INTEGER NOT NULL REFERENCES observation (id) ON DELETE CASCADE,
    polarity    INTEGER NOT NULL CHECK (polarity IN (-1, 1)),
    quote_start INTEGER NOT NULL,       -- characters of the observation's text
    quote_end   INTEGER NOT NULL,
    at          REAL NOT NULL,
    version     INTEGER NOT NULL,       -- of the proposition, which it brought about
    PRIMARY KEY (proposition_id, observation_id)
) WITHOUT ROWID;
CREATE INDEX evidence_by_observation ON evidence (observation_id);

CREATE TABLE vector (                   -- float32, little-endian, one row a chunk
    kind  TEXT NOT NULL,
    item  INTEGER NOT NULL,
    chunk INTEGER NOT NULL,
    data  BLOB NOT NULL,
    PRIMARY KEY (kind, item, chunk)
) WITHOUT ROWID;

CREATE TABLE tombstone (                -- hashes of what was forgotten; never its text
    kind TEXT NOT NULL,
    hash BLOB NOT NULL,
    at   REAL NOT NULL,
    PRIMARY KEY (kind, hash)
) WITHOUT ROWID;

-- Counters by which a reader sees that rows it may hold were changed or deleted.
INSERT INTO meta VALUES ('observations_lost', 0), ('propositions_changed', 0),
    ('vectors_written', 0);
CREATE TRIGGER observation_lost AFTER DELETE ON observation BEGIN
    UPDATE meta SET value = value + 1 WHERE key = 'observations_lost';
END;
CREATE TRIGGER proposition_lost AFTER DELETE ON proposition BEGIN
    UPDATE meta SET value = value + 1 WHERE key = 'propositions_changed';
END;
CREATE TRIGGER proposition_changed AFTER UPDATE OF
    text, status, log_odds, supported_at, durability ON proposition BEGIN
    UPDATE meta SET value = value + 1 WHERE key = 'propositions_changed';
END;

CREATE VIRTUAL TABLE observation_fts USING fts5
    (terms, tokenize = 'porter unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE observation_tf USING fts5vocab (observation_fts, instance);
CREATE VIRTUAL TABLE proposition_fts USING fts5
    (terms, tokenize = 'porter unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE proposition_tf USING fts5vocab (proposition_fts, instance);
"""

_V2 = """
ALTER TABLE observation ADD COLUMN quarantine TEXT;  -- why no prompt may show it; NULL: it may

-- A version says all that reading a claim as of an earlier time needs.
CREATE TABLE version_2 (
    proposition_id INTEGER NOT NULL REFERENCES proposition (id) ON DELETE CASCADE,
    version       INTEGER NOT NULL,
    text          TEXT NOT NULL,
    status        TEXT NOT NULL,
    confidence    REAL NOT NULL,
    cause         TEXT NOT NULL,
    author        TEXT NOT NULL,
    at            REAL NOT NULL,         -- when it was written
    held_from     REAL NOT NULL,         -- event time of what brought it about
    durability    TEXT NOT NULL,
    slot          TEXT,
    pinned        INTEGER NOT NULL,
    supported_at  REAL NOT NULL,
    superseded_by INTEGER REFERENCES proposition (id) ON DELETE SET NULL,
    PRIMARY KEY (proposition_id, version)
) WITHOUT ROWID;
INSERT INTO version_2
    SELECT v.proposition_id, v.version, v.text, v.status, v.confidence, v.cause, v.author, v.at,
        CASE WHEN v.version > 1 THEN v.at ELSE MIN(v.at, COALESCE((SELECT MIN(o.event_at)
            FROM evidence e JOIN observation o ON o.id = e.observation_id
            WHERE e.proposition_id = p.id AND e.polarity = 1), v.at)) END,
        p.durability, p.slot, p.pinned, p.supported_at,
        CASE WHEN v.status = 'superseded' THEN p.superseded_by END
    FROM proposition_version v JOIN proposition p ON p.id = v.proposition_id;
DROP TABLE proposition_version;
ALTER TABLE version_2 RENAME TO proposition_version;
CREATE INDEX version_by_replacement ON proposition_version (superseded_by)
    WHERE superseded_by IS NOT NULL;

-- With rows, two vectors fit a page; without, each took a page of its own beyond its key's.
CREATE TABLE vector_2 (
    kind  TEXT NOT NULL,
    item  INTEGER NOT NULL,
    chunk INTEGER NOT NULL,
    data  BLOB NOT NULL,
    PRIMARY KEY (kind, item, chunk)
);
INSERT INTO vector_2 SELECT kind, item, chunk, data FROM vector ORDER BY kind, item, chunk;
DROP TABLE vector;
ALTER TABLE vector_2 RENAME TO vector;

CREATE TABLE relation (                 -- how two claims stand to each other
    a    INTEGER NOT NULL REFERENCES proposition (id) ON DELETE CASCADE,
    b    INTEGER NOT NULL REFERENCES proposition (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('contradictory', 'generalises')),
    at   REAL NOT NULL,
    PRIMARY KEY (a, b, kind)
) WITHOUT ROWID;
CREATE INDEX relation_by_b ON relation (b);

CREATE TABLE verdict (                  -- what the user said of claims; numbers, never words
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    proposition_id INTEGER REFERENCES proposition (id) ON DELETE SET NULL,
    rating TEXT NOT NULL CHECK (rating IN ('confirm', 'correct', 'deny')),
    belief REAL NOT NULL,               -- log-odds before it
    author TEXT NOT NULL,               -- who had proposed the claim
    at     REAL NOT NULL
);
CREATE INDEX verdict_by_proposition ON verdict (proposition_id);

CREATE TABLE calibration (              -- knots of a line from log-odds to probability
    log_odds    REAL PRIMARY KEY,
    probability REAL NOT NULL
) WITHOUT ROWID;
CREATE TRIGGER calibration_changed AFTER INSERT ON calibration BEGIN
    UPDATE meta SET value = value + 1 WHERE key = 'propositions_changed';
END;

CREATE TABLE event (                    -- outbox: what changed, by id, for whoever follows
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    item TEXT NOT NULL,
    at   REAL NOT NULL
);

CREATE TABLE private_topic (            -- what the user wants kept out, in their words
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    words TEXT NOT NULL UNIQUE,
    at    REAL NOT NULL
);

CREATE TABLE decision (                 -- of the privacy gate; kinds and ids, never the text
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    at        REAL NOT NULL,
    stage     TEXT NOT NULL CHECK (stage IN ('storage', 'egress')),
    action    TEXT NOT NULL CHECK (action IN ('keep', 'redact', 'withhold')),
    kind      TEXT NOT NULL,
    subject   TEXT NOT NULL,
    recipient TEXT NOT NULL,
    rule      TEXT NOT NULL,
    item      TEXT,
    count     INTEGER NOT NULL DEFAULT 1
);

CREATE TABLE spend (                    -- what this user's models cost, by day
    day     TEXT NOT NULL,              -- of the store's clock, UTC, YYYY-MM-DD
    purpose TEXT NOT NULL,
    calls   INTEGER NOT NULL DEFAULT 0,
    failed  INTEGER NOT NULL DEFAULT 0,
    seconds REAL NOT NULL DEFAULT 0,
    prompt_tokens     INTEGER NOT NULL DEFAULT 0,
    completion_tokens INTEGER NOT NULL DEFAULT 0,
    cached_tokens     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (day, purpose)
) WITHOUT ROWID;

CREATE TRIGGER observation_quarantined AFTER UPDATE OF quarantine ON observation BEGIN
    UPDATE meta SET value = value + 1 WHERE key = 'observations_lost';
END;
"""

_V3 = """
CREATE TABLE concept (                  -- named people, pets, things; see concepts.py
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    key        TEXT NOT NULL UNIQUE,
    body       TEXT NOT NULL,           -- JSON of the whole concept
    updated_at REAL NOT NULL
);
CREATE TABLE concept_basis (            -- observations that attributes of a concept rest on
    concept_id     INTEGER NOT NULL REFERENCES concept (id) ON DELETE CASCADE,
    observation_id INTEGER NOT NULL REFERENCES observation (id) ON DELETE CASCADE,
    PRIMARY KEY (concept_id, observation_id)
) WITHOUT ROWID;
CREATE INDEX concept_basis_by_observation ON concept_basis (observation_id);
CREATE TABLE concept_name (             -- what a message may call it
    fold       TEXT NOT NULL,           -- as names.py compares it
    concept_id INTEGER NOT NULL REFERENCES concept (id) ON DELETE CASCADE,
    exact      INTEGER NOT NULL,        -- 0: with its accents left out
    spaced     INTEGER NOT NULL,        -- 0: of a script without spaces between words
    PRIMARY KEY (fold, concept_id)
) WITHOUT ROWID;
CREATE INDEX concept_name_unspaced ON concept_name (spaced) WHERE spaced = 0;
CREATE TABLE concept_edit (             -- what undo needs: concepts before and after an edit
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    what   TEXT NOT NULL,
    before TEXT NOT NULL,               -- JSON: key → body or null
    after  TEXT NOT NULL,
    at     REAL NOT NULL
);

CREATE TABLE entity_event (             -- a search, visit or mention; its words are not kept
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    identity       BLOB NOT NULL UNIQUE,  -- what makes two arrivals the same
    observation_id INTEGER REFERENCES observation (id) ON DELETE CASCADE,
    source         TEXT NOT NULL,
    at             REAL NOT NULL
);
CREATE INDEX entity_event_by_observation ON entity_event (observation_id);
CREATE TABLE entity (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    fold TEXT NOT NULL UNIQUE           -- name as it is compared
);
CREATE TABLE entity_mention (
    entity_id INTEGER NOT NULL REFERENCES entity (id) ON DELETE CASCADE,
    event_id  INTEGER NOT NULL REFERENCES entity_event (id) ON DELETE CASCADE,
    count     INTEGER NOT NULL CHECK (count > 0),
    PRIMARY KEY (entity_id, event_id)
) WITHOUT ROWID;
CREATE INDEX entity_mention_by_event ON entity_mention (event_id);
-- An entity goes with its last mention, and an event that was forgotten is not counted again.
CREATE TRIGGER entity_unmentioned AFTER DELETE ON entity_mention BEGIN
    DELETE FROM entity WHERE id = OLD.entity_id
        AND NOT EXISTS (SELECT 1 FROM entity_mention WHERE entity_id = OLD.entity_id);
END;
CREATE TRIGGER entity_event_forgotten AFTER DELETE ON entity_event BEGIN
    INSERT OR IGNORE INTO tombstone VALUES
        ('entity event', OLD.identity, (julianday('now') - 2440587.5) * 86400);
END;

CREATE TABLE profile (                  -- summaries for a task, made again when history changes
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    task           TEXT NOT NULL,
    history_hash   TEXT NOT NULL,
    prompt_version TEXT NOT NULL,
    body           TEXT NOT NULL,       -- JSON
    items          INTEGER NOT NULL,    -- of the history that it was made of
    at             REAL NOT NULL,
    UNIQUE (task, history_hash, prompt_version)
);
CREATE TABLE profile_basis (            -- observations that a profile may repeat
    profile_id     INTEGER NOT NULL REFERENCES profile (id) ON DELETE CASCADE,
    observation_id INTEGER NOT NULL REFERENCES observation (id) ON DELETE CASCADE,
    PRIMARY KEY (profile_id, observation_id)
) WITHOUT ROWID;
CREATE INDEX profile_basis_by_observation ON profile_basis (observation_id);
CREATE TRIGGER profile_basis_lost AFTER DELETE ON profile_basis BEGIN
    DELETE FROM profile WHERE id = OLD.profile_id;
END;
"""

_V4 = """
CREATE TABLE image (                    -- pictures of concepts, re-encoded; see images.py
    id         TEXT PRIMARY KEY,        -- a hash of data
    media_type TEXT NOT NULL,
    width      INTEGER NOT NULL,
    height     INTEGER NOT NULL,
    data       BLOB NOT NULL,
    at         REAL NOT NULL
);
CREATE TABLE image_vector (             -- derived; can be computed again
    image_id TEXT NOT NULL REFERENCES image (id) ON DELETE CASCADE,
    model    TEXT NOT NULL,
    region   INTEGER NOT NULL,          -- 0: the whole image
    data     BLOB NOT NULL,             -- float32
    PRIMARY KEY (image_id, model, region)
);
CREATE TABLE image_negative (           -- of pictures that the user said are not this concept
    concept_id INTEGER NOT NULL REFERENCES concept (id) ON DELETE CASCADE,
    model      TEXT NOT NULL,
    data       BLOB NOT NULL,           -- float32
    PRIMARY KEY (concept_id, model, data)
);
"""

_V5 = """
-- A concept keeps its row under another key, and gets it back when its deletion is undone:
-- replies that were made from it and pictures that do not show it hang on that.
ALTER TABLE concept_edit ADD COLUMN ids TEXT NOT NULL DEFAULT '{}';    -- JSON: key → row before
ALTER TABLE concept_edit ADD COLUMN heirs TEXT NOT NULL DEFAULT '{}';  -- JSON: key → key that
                                        -- has since said what it said
CREATE TABLE concept_image (            -- pictures that concepts have
    concept_id INTEGER NOT NULL REFERENCES concept (id) ON DELETE CASCADE,
    image_id   TEXT NOT NULL,
    PRIMARY KEY (image_id, concept_id)
) WITHOUT ROWID;
CREATE INDEX concept_image_by_concept ON concept_image (concept_id);
INSERT OR IGNORE INTO concept_image (concept_id, image_id)
    SELECT c.id, i.value FROM concept c, json_each(c.body, '$.images') i;

-- The message that a picture came with, which takes what was kept of it along.
ALTER TABLE image_negative ADD COLUMN
    observation_id INTEGER REFERENCES observation (id) ON DELETE CASCADE;
CREATE INDEX image_negative_by_observation ON image_negative (observation_id);
"""

_V6 = """
CREATE TABLE feedback (                 -- what the user said of items; see feedback.py
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    item   TEXT NOT NULL,               -- its id in the catalogue
    title  TEXT NOT NULL,
    weight REAL NOT NULL CHECK (weight BETWEEN -1 AND 1),
    observation_id INTEGER NOT NULL REFERENCES observation (id) ON DELETE CASCADE,
    own    INTEGER NOT NULL,            -- whether the observation was written for it
    at     REAL NOT NULL,
    UNIQUE (item, observation_id)
);
CREATE INDEX feedback_by_observation ON feedback (observation_id);

CREATE TABLE exposure (                 -- items that the user was shown, the newest of them
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    item   TEXT NOT NULL,
    title  TEXT NOT NULL,
    thread TEXT,
    observation_id INTEGER REFERENCES observation (id) ON DELETE CASCADE,  -- the reply
    at     REAL NOT NULL,
    UNIQUE (item, observation_id)
);
CREATE INDEX exposure_by_observation ON exposure (observation_id);
CREATE INDEX exposure_by_thread ON exposure (thread, id);
"""

_V7 = """
CREATE TABLE suggestion (               -- offers and what was decided of them; see suggestions.py
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    kind       TEXT NOT NULL,
    title      TEXT NOT NULL,
    text       TEXT NOT NULL,
    matter     BLOB NOT NULL,           -- hash of what it is about, so that it is offered once
    action     TEXT,                    -- JSON, of what could be done
    stated     REAL NOT NULL,           -- probability of being wanted, before it was corrected
    decision   TEXT NOT NULL,           -- JSON, the whole arithmetic
    way        TEXT NOT NULL,
    state      TEXT NOT NULL,
    context    TEXT NOT NULL,           -- in which verdicts on it count, such as "focus"
    created_at REAL NOT NULL,
    decided_at REAL NOT NULL,
    due_at     REAL,
    expires_at REAL NOT NULL,
    shown_at   REAL,
    wakes_at   REAL                     -- when it is to be weighed again
);
CREATE INDEX suggestion_by_matter ON suggestion (matter);
CREATE INDEX suggestion_by_state ON suggestion (state, expires_at);

CREATE TABLE suggestion_basis (         -- what an offer was made from; it is forgotten with any
    suggestion_id INTEGER NOT NULL REFERENCES suggestion (id) ON DELETE CASCADE,
    item          TEXT NOT NULL,
    PRIMARY KEY (item, suggestion_id)
) WITHOUT ROWID;
CREATE INDEX suggestion_basis_by_suggestion ON suggestion_basis (suggestion_id);
CREATE TRIGGER suggestion_after_observation AFTER DELETE ON observation BEGIN
    DELETE FROM suggestion WHERE id IN
        (SELECT suggestion_id FROM suggestion_basis WHERE item = 'o' || OLD.id);
END;
CREATE TRIGGER suggestion_after_proposition AFTER DELETE ON proposition BEGIN
    DELETE FROM suggestion WHERE id IN
        (SELECT suggestion_id FROM suggestion_basis WHERE item = 'p' || OLD.id);
END;
CREATE TRIGGER suggestion_after_concept AFTER DELETE ON concept BEGIN
    DELETE FROM suggestion WHERE id IN
        (SELECT suggestion_id FROM suggestion_basis WHERE item = 'c' || OLD.id);
END;

CREATE TABLE suggestion_verdict (       -- what the user made of offers: numbers, and no words
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    suggestion_id INTEGER REFERENCES suggestion (id) ON DELETE SET NULL,
    kind          TEXT NOT NULL,
    context       TEXT NOT NULL,
    stated        REAL NOT NULL,
    wanted        INTEGER NOT NULL,
    weight        REAL NOT NULL,
    timing        INTEGER NOT NULL,     -- whether it speaks of the moment alone
    at            REAL NOT NULL
);
CREATE INDEX suggestion_verdict_by_suggestion ON suggestion_verdict (suggestion_id);

CREATE TABLE suggestion_muted (         -- what is never to be offered again
    kind   TEXT NOT NULL,
    subject BLOB NOT NULL,              -- hash of what it is about; empty: the whole kind
    at     REAL NOT NULL,
    PRIMARY KEY (kind, subject)
) WITHOUT ROWID;

CREATE TABLE action (                   -- what was to be done, by whose leave, and what came of it
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    suggestion_id INTEGER REFERENCES suggestion (id) ON DELETE SET NULL,
    tool          TEXT NOT NULL,
    arguments     TEXT NOT NULL,        -- JSON
    effect        TEXT NOT NULL,
    scopes        TEXT NOT NULL,        -- JSON
    key           BLOB NOT NULL UNIQUE, -- the same thing is done once
    state         TEXT NOT NULL,
    result        TEXT,
    error         TEXT,
    holder        TEXT,                 -- the process that runs it; see holder.py
    drafted_at    REAL NOT NULL,
    decided_at    REAL,
    decided_by    TEXT,
    done_at       REAL
);
CREATE INDEX action_by_suggestion ON action (suggestion_id);
CREATE TRIGGER action_after_suggestion BEFORE DELETE ON suggestion BEGIN
    UPDATE action SET arguments = '{}', result = NULL WHERE suggestion_id = OLD.id;
END;

CREATE TABLE interruption (             -- when the user was interrupted: times, and no words
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL
);
CREATE INDEX interruption_by_time ON interruption (at);

CREATE TABLE appointment (              -- what begins or is due, from a calendar or a note
    observation_id INTEGER PRIMARY KEY REFERENCES observation (id) ON DELETE CASCADE,
    kind      TEXT NOT NULL,
    series    TEXT NOT NULL,            -- the same entry keeps it when it is moved
    starts_at REAL NOT NULL,
    ends_at   REAL,
    utc_offset INTEGER NOT NULL,
    all_day   INTEGER NOT NULL,         -- whether days alone are named, and no times
    busy      INTEGER NOT NULL          -- whether it takes the time that it stands at
);
CREATE INDEX appointment_by_time ON appointment (starts_at);
CREATE INDEX appointment_by_series ON appointment (series);

CREATE TABLE watched_source (           -- how far each source was read
    name      TEXT PRIMARY KEY,
    cursor    TEXT,
    polled_at REAL NOT NULL,
    failures  INTEGER NOT NULL DEFAULT 0,
    error     TEXT
) WITHOUT ROWID;
"""

_V8 = """
ALTER TABLE suggestion ADD COLUMN timed INTEGER;  -- whether due_at is a time of the day, and not a
                                        -- day alone; NULL: nobody knows

CREATE TABLE letter (                   -- mails of others to the user in person; see letters.py
    observation_id INTEGER PRIMARY KEY REFERENCES observation (id) ON DELETE CASCADE
);

INSERT INTO meta VALUES ('born', hex(randomblob(16)));  -- no two files have the same
"""

_V9 = """
ALTER TABLE suggestion ADD COLUMN subject BLOB;  -- hash of what "never again" is about; NULL: of
                                        -- the title
"""

_V10 = """
ALTER TABLE suggestion_verdict ADD COLUMN outcome TEXT NOT NULL DEFAULT '';  -- see appraisal.py
ALTER TABLE suggestion_verdict ADD COLUMN interrupted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE suggestion_verdict ADD COLUMN device TEXT NOT NULL DEFAULT 'unknown';
ALTER TABLE suggestion_verdict ADD COLUMN lately REAL NOT NULL DEFAULT 0;  -- interruptions then
-- What it rested on was forgotten, or nobody can say any more what that was.
DELETE FROM suggestion_verdict WHERE suggestion_id IS NULL;
UPDATE suggestion_verdict SET
    outcome = CASE WHEN wanted THEN 'accept' WHEN timing THEN 'snooze'
                   WHEN weight < 0.5 THEN 'unanswered' ELSE 'dismiss' END,
    interrupted = COALESCE((SELECT s.way IN ('ask', 'suggest', 'act') FROM suggestion s
                            WHERE s.id = suggestion_id), 0);

-- What was said of an offer goes with what the offer was made from: it names the kind of moment,
-- and the device, in which somebody answered.
DROP TRIGGER suggestion_after_observation;
DROP TRIGGER suggestion_after_proposition;
DROP TRIGGER suggestion_after_concept;
CREATE TRIGGER suggestion_after_observation AFTER DELETE ON observation BEGIN
    DELETE FROM suggestion_verdict WHERE suggestion_id IN
        (SELECT suggestion_id FROM suggestion_basis WHERE item = 'o' || OLD.id);
    DELETE FROM suggestion WHERE id IN
        (SELECT suggestion_id FROM suggestion_basis WHERE item = 'o' || OLD.id);
END;
CREATE TRIGGER suggestion_after_proposition AFTER DELETE ON proposition BEGIN
    DELETE FROM suggestion_verdict WHERE suggestion_id IN
        (SELECT suggestion_id FROM suggestion_basis WHERE item = 'p' || OLD.id);
    DELETE FROM suggestion WHERE id IN
        (SELECT suggestion_id FROM suggestion_basis WHERE item = 'p' || OLD.id);
END;
CREATE TRIGGER suggestion_after_concept AFTER DELETE ON concept BEGIN
    DELETE FROM suggestion_verdict WHERE suggestion_id IN
        (SELECT suggestion_id FROM suggestion_basis WHERE item = 'c' || OLD.id);
    DELETE FROM suggestion WHERE id IN
        (SELECT suggestion_id FROM suggestion_basis WHERE item = 'c' || OLD.id);
END;
"""

_V11 = """
ALTER TABLE feedback ADD COLUMN              -- the message that judged, where the other says what
    answered INTEGER REFERENCES observation (id) ON DELETE CASCADE;
CREATE INDEX feedback_by_answered ON feedback (answered);
"""

MIGRATIONS: Sequence[str] = (_V1, _V2, _V3, _V4, _V5, _V6, _V7, _V8, _V9, _V10, _V11)
"""One script a version; `user_version` counts how many have run. Append, never edit."""


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Run the scripts that this file has not seen, all in one transaction.

    Raises:
        StoreVersionError: The file was written by a newer usermind.
    """
    version = _version(connection)
    if version == len(MIGRATIONS):
        return
    if version > len(MIGRATIONS):
        raise StoreVersionError(
            f"{path} has schema version {version}; this usermind knows {len(MIGRATIONS)}. "
            "The file was not touched. Install a newer usermind to open it."
        )
    from usermind.memory.upgrade import renew  # it reads rows, and their modules need this one

    with one_change(connection):
        # Another process may have migrated while this one waited for the lock.
        since = _version(connection)
        for script in MIGRATIONS[since:]:
            for statement in _statements(script):
                connection.execute(statement)
        if since < len(MIGRATIONS):
            renew(connection, since=since)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _statements(script: str) -> list[str]:
    # `executescript` would commit the open transaction.
    found, current = [], ""
    for line in script.splitlines(keepends=True):
        current += line
        if sqlite3.complete_statement(current):
            found.append(current)
            current = ""
    return found
