#!/usr/bin/env python3
"""Holds what the channel `imap` makes of a folder of mail against what Python's `email` package reads there.

    corpus_check.py IMAP_MAP FOLDER [JUDGED]

IMAP_MAP is the program of that name from the build. JUDGED lists the differences that were looked at and are in order:
a line is the file's path below the folder, what differs, and why, with tabs between. Ends with 1 where there are others,
or where one that is listed is there no more.
"""
import email
import email.policy
import email.utils
import json
import pathlib
import re
import subprocess
import sys


def squeezed(text):
    return re.sub(r"\s+", " ", text or "").strip()


def words(text):
    """Text as far as two readers of HTML and of quotations can agree on it: its words, in their order."""
    return re.sub(r"[\s>]+", " ", text or "").strip()


def addresses(message, *names):
    found = set()
    for name in names:
        for _, address in email.utils.getaddresses([str(value) for value in message.get_all(name, [])]):
            if "@" in address:
                found.add(address.lower())
    return found


def expected(path):
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    body = message.get_body(preferencelist=("plain",))
    files = []
    for part in message.walk():
        if part.is_multipart() and part.get_content_type() != "message/rfc822":
            continue
        if part.get_filename() and not part.is_multipart():
            files.append((squeezed(part.get_filename()), len(part.get_payload(decode=True) or b"")))
    return {
        "subject": squeezed(str(message["subject"] or "")),
        "from": addresses(message, "from"),
        "recipients": addresses(message, "to", "cc", "bcc"),
        "text": words(body.get_content()) if body is not None and not body.get_filename() else None,
        "files": sorted(files),
    }


def found(one):
    people = one["participants"]
    who = lambda *roles: {p["identifiers"]["email"].lower() for p in people if p["role"] in roles and "email" in p["identifiers"]}
    content = one["content"]
    return {
        "subject": squeezed(one["subject"]),
        "from": who(0, 3),
        "recipients": who(1, 2),
        "text": " ".join(filter(None, (words(one["text"]), words(content.get("signature")), words(content.get("quoted"))))),
        "files": sorted((squeezed(a["name"]), a["size"]) for a in one["attachments"]
                        if a["name"] and a["media_type"] != "message/rfc822"),
    }


def differences(path, one):
    if "quarantined" in one:
        return {"quarantined": one["quarantined"]}
    try:
        wanted = expected(path)
    except Exception as error:  # what Python's package cannot read has no expectations
        return {"python": repr(error)}
    got = found(one)
    differing = {}
    for key in ("subject", "recipients", "files"):
        if wanted[key] != got[key]:
            differing[key] = f"{wanted[key]!r} / {got[key]!r}"
    if not wanted["from"] <= got["from"]:
        differing["from"] = f"{wanted['from']!r} / {got['from']!r}"
    if wanted["text"]:
        # What is taken apart stands elsewhere: the same words, whatever their order.
        mine, theirs = sorted(got["text"].replace("-- ", "").split()), sorted(wanted["text"].replace("-- ", "").split())
        if [w for w in mine if w != "--"] != [w for w in theirs if w != "--"]:
            differing["text"] = f"{wanted['text'][:200]!r} / {got['text'][:200]!r}"
    return differing


def main(program, folder, judged=None):
    folder = pathlib.Path(folder)
    files = sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith((".", "LICENSE")))
    lines = subprocess.run([program, *map(str, files)], check=True, stdout=subprocess.PIPE).stdout.splitlines()
    assert len(lines) == len(files), f"{len(files)} files made {len(lines)} lines"
    known = {}
    if judged:
        for line in pathlib.Path(judged).read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                name, what, _ = line.split("\t", 2)
                if (folder / name).exists():  # the list may be of another folder
                    known[name, what] = False
    wrong = 0
    for path, line in zip(files, lines):
        name = str(path.relative_to(folder))
        for what, difference in differences(path, json.loads(line)).items():
            if (name, what) in known:
                known[name, what] = True
            else:
                wrong += 1
                print(f"{name}\t{what}\t{difference}")
    for (name, what), was_there in known.items():
        if not was_there:
            wrong += 1
            print(f"{name}\t{what}\tlisted as judged, but there is no such difference")
    print(f"{len(files)} files, {sum(known.values())} differences judged before, {wrong} others", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
