"""Small data sets in the formats of the published ones, made up by hand."""

import json
from pathlib import Path
from typing import Any

ONCE = ["forest green", "cream"]
"""What somebody liked once."""
TURNS = (
    ("Ana", "I moved to Oslo last year for my job at the harbour."),
    ("Bo", "Nice! I adopted a cat called Polly in May."),
    ("Ana", "My sister Eva lives in Rome and paints boats."),
    ("Bo", "I ran a marathon in 2022, and I play the cello."),
    ("Ana", "I drink green tea and espresso every morning."),
    ("Bo", "The weather is dreadful today."),
)
QA: tuple[dict[str, Any], ...] = (
    {"question": "Where does Ana live?", "answer": "Oslo", "evidence": ["D1:1"], "category": 4},
    {
        "question": "When did Bo run a marathon?",
        "answer": 2022,
        "evidence": ["D1:2"],
        "evidence_corrected": ["D1:4"],
        "category": 2,
    },
    {
        "question": "What does Ana drink?",
        "answer": "milk",
        "answer_corrected": "green tea, espresso",
        "evidence": ["D1:5", "D9:9"],
        "category": 1,
    },
    {
        "question": "Would Bo like a concert?",
        "answer": "Likely yes; he plays the cello",
        "evidence": ["D1:4"],
        "category": 3,
    },
    {
        "question": "What is Ana's cat called?",
        "adversarial_answer": "Polly",
        "evidence": ["D1:2"],
        "category": 5,
    },
    {"question": "What is Bo's job?", "answer": "Baker", "evidence": [], "category": 4},
)


def locomo_file(folder: Path, *samples: object) -> Path:
    """Write LoCoMo's JSON, of one conversation where none is given."""
    path = folder / "locomo.json"
    path.write_text(json.dumps(list(samples) or [sample()]), "utf-8")
    return path


def sample(qa: object = QA, name: str = "conv-1") -> dict[str, Any]:
    """Return a conversation of LoCoMo."""
    turns = [
        {"speaker": who, "dia_id": f"D1:{number}", "text": text}
        for number, (who, text) in enumerate(TURNS, 1)
    ]
    return {
        "sample_id": name,
        "conversation": {
            "speaker_a": "Ana",
            "speaker_b": "Bo",
            "session_1_date_time": "1:56 pm on 8 May, 2023",
            "session_1": turns,
        },
        "qa": list(qa) if isinstance(qa, tuple) else qa,
    }


def personabench_folder(folder: Path, noise: str = "0.5") -> Path:
    """Write the files of a PersonaBench community of one person."""
    path = folder / "community"
    path.mkdir(exist_ok=True)
    questions = [
        ("q1", "At what age am I right now?", 39, "Basic information", "easy", None),
        ("q2", "What are my favorite colors?", ["blue", "green"], "Preference", "hard", ONCE),
        ("q3", "Which animals do I keep?", [{"cat": "Polly"}], "Basic information", "easy", None),
        ("q4", "Which letter am I? A: Curious or B: Dull.", "A", "Subjective", "easy", None),
    ]  # fmt: skip
    labels = {
        "q1": {"39": ["s1"]},
        "q2": {"blue": ["s2", "s4"], "green": ["s3"]},
        "q3": {"(('cat', 'Polly'),)": ["s1"]},
        "q4": {"Curious": ["s2"]},
    }
    parts = ("q_id", "question", "answer", "type", "difficulty", "outdated_value")
    qa = [dict(zip(parts, each, strict=True)) for each in questions]
    person = {"Name": "Jo Hess", "Eval_Info": {"qa": qa}}
    evidence = [{"q_id": id_, "segment_id": segments} for id_, segments in labels.items()]
    documents = {
        "conversation_data": [
            {
                "Name": "Jo Hess",
                "Data": [
                    {
                        "Target_name": "Kim",
                        "Conversations": [
                            _talk("s1", "I turned 39, and my cat Polly got cake."),
                            _talk("s2", "I am so curious about blue pigments, I love blue."),
                        ],
                    }
                ],
            },
            {"Name": "Somebody Else", "Data": []},
        ],
        "user_ai_interaction_data": [
            {
                "Name": "Jo Hess",
                "Data": [
                    {
                        "time": "2024/Oct/16/09:25 AM",
                        "segment_id": "s3",
                        "user_ai_interaction": [
                            {"role": "user", "content": "Paint my favorite wall green!"},
                            {"role": "assistant", "content": "Green is calming."},
                        ],
                    }
                ],
            }
        ],
        "purchase_history_data": [
            {
                "Name": "Jo Hess",
                "Data": [
                    {
                        "time": "2024/Oct/20/08:17 PM",
                        "segment_id": "s4",
                        "purchase_history": [
                            {
                                "title": "Scarf",
                                "description": "A blue scarf.",
                                "brand": "Wool",
                                "categories": ["Clothes"],
                            }
                        ],
                    }
                ],
            }
        ],
    }
    for name, value in (
        ("questions.json", [person]),
        (f"evidence_noise_{noise}.json", evidence),
        (f"documents_noise_{noise}.json", documents),
    ):
        path.joinpath(name).write_text(json.dumps(value), "utf-8")
    return path


def _talk(id_: str, text: str) -> dict[str, Any]:
    return {
        "time": "2024/Oct/14/09:14 AM",
        "segment_id": id_,
        "conversation": [
            {"role": "Kim", "content": "How are you?"},
            {"role": "Jo Hess", "content": text},
        ],
    }


def limit_folder(folder: Path) -> Path:
    """Write LIMIT's three files, of three documents and two questions."""
    path = folder / "limit"
    path.mkdir(exist_ok=True)
    documents = {
        "Ann": "Ann likes quokkas and limes.",
        "Ben": "Ben likes limes and chess.",
        "Cy": "Cy likes chess.",
    }
    lines: dict[str, list[dict[str, Any]]] = {
        "corpus.jsonl": [{"_id": id_, "title": "", "text": t} for id_, t in documents.items()],
        "queries.jsonl": [
            {"_id": "query_0", "text": "Who likes limes?"},
            {"_id": "query_1", "text": "Who likes chess?"},
        ],
        "qrels.jsonl": [
            {"query-id": query, "corpus-id": id_, "score": 1}
            for query, ids in (("query_0", ("Ann", "Ben")), ("query_1", ("Ben", "Cy")))
            for id_ in ids
        ],
    }
    for name, items in lines.items():
        text = "".join(json.dumps(item) + "\n" for item in items)
        path.joinpath(name).write_text(text, "utf-8")
    return path
