#!/usr/bin/env python3
"""Verifies an exported record of Carrel, without Carrel.

    carrel audit export --profile NAME > record.jsonl
    python3 audit-verify.py [--root HEX] record.jsonl ...

Needs Python 3.8 and nothing else. Says of each file whether its signed
documents lead to the root key and its events hold: text, hash, order and
signature. Ends with 0 where all do, 1 where one does not, 2 where a file is no
export. Compare the root key with the one that another admin's export names.

What it cannot see: events that were cut off the end, and who of the members
was allowed to sign a document beyond being an admin, an invited newcomer or
the one who leaves; Carrel checks both against what each desk has seen.

The format. Line 1: {"carrel_record": 1, "workspace": ID, "root": KEY}. Then a
line {"document": TEXT, "signature": HEX} for each signed document, then a line
{"text": TEXT, "hash": HEX, "signature": HEX} for each event. A text is canonical
JSON (RFC 8785). Its hash is SHA-256 of a zero byte and the text (RFC 6962).
Signatures are Ed25519 (RFC 8032) over "carrel workspace document 1\\0" or
"carrel audit event 1\\0" and the text.
"""

import hashlib
import json
import sys
from functools import lru_cache

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)


def add(one, other):
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(number, point):
    result = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = add(result, point)
        point, number = add(point, point), number >> 1
    return result


def point_of(encoded):
    """The point that 32 bytes stand for; none for any other bytes."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if len(encoded) != 32 or y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


@lru_cache(maxsize=None)
def signed(key, message, signature):
    point, of_r = point_of(key), point_of(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or point is None or of_r is None or s >= Q:
        return False
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    left = times(s, BASE)
    right = add(of_r, times(int.from_bytes(digest, "little") % Q, point))
    same = lambda at: (left[at] * right[2] - right[at] * left[2]) % P == 0
    return same(0) and same(1)


class NoExport(Exception):
    """A line is not one of an export."""


class Broken(Exception):
    """What was exported does not hold."""


def bytes_of(text):
    """Lowercase hexadecimal only, as it is written."""
    if not isinstance(text, str) or set(text) - set("0123456789abcdef"):
        raise ValueError("not hexadecimal")
    return bytes.fromhex(text)


def canonical(value):
    """RFC 8785 for what stands in a record: no fractions, and names in ASCII."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def leaf(text):
    return hashlib.sha256(b"\0" + text.encode()).hexdigest()


def parsed(text):
    """The value of a canonical text; none for any other text."""
    try:
        value = json.loads(text)
        return value if isinstance(value, dict) and canonical(value) == text else None
    except (ValueError, RecursionError):
        return None


class Documents:
    """The signed documents, one after another, from the root key."""

    def __init__(self, head):
        self.workspace, self.root = head["workspace"], bytes_of(head["root"])
        self.members, self.invitations, self.device = {}, {}, None
        self.versions, self.previous, self.number = {}, None, 0

    def take(self, text, signature):
        signature = bytes_of(signature)
        try:
            self.judge(parsed(text), text, signature)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Broken(f"document {self.number} cannot be read") from None

    def judge(self, document, text, signature):
        def must(holds, why):
            if not holds:
                raise Broken(f"document {self.number} {why}")

        must(document is not None, "cannot be read")
        ((kind, body),) = document["body"].items()
        subject = body.get("profile") or body.get("id") or canonical(body.get("model"))
        name = (kind, subject if kind in ("member", "invitation", "provider", "route", "override") else "")
        version, predecessor = self.versions.get(name, (0, None))
        must(document["workspace"] == self.workspace, "belongs to another workspace")
        follows = (
            document["position"] == self.number
            and document["previous"] == self.previous
            and document["version"] == version + 1
            and document["predecessor"] == predecessor
        )
        key, may = self.author(document["author"], kind, body)
        must(key is not None, "is signed by nobody who is known here")
        must(signed(key, b"carrel workspace document 1\0" + text.encode(), signature), "has a forged signature")
        must(follows, "does not follow from what stands before it")
        must(may, "was not its author's to sign")
        self.previous, self.number = leaf(text), self.number + 1
        self.versions[name] = (version + 1, self.previous)
        if kind == "member":
            self.members[body["profile"]] = body
        elif kind == "invitation":
            self.invitations[body["id"]] = body
        elif kind == "device":
            self.device = bytes_of(body["signing"])

    def author(self, author, kind, body):
        """Whose key must stand under a document, and whether it may."""
        if author == "root":
            admins = [one for one in self.members.values() if one["role"] == "admin" and one["standing"] == "active"]
            return self.root, kind == "member" and not admins
        ((what, who),) = author.items()
        if what == "invitation":
            invited = self.invitations.pop(who, None)
            if invited is None:
                return None, False
            new = kind == "member" and body["profile"] not in self.members
            return bytes_of(invited["signing"]), new and not invited["revoked"] and body["role"] == invited["role"]
        member = self.members.get(who)
        if member is None:
            return None, False
        known = kind != "member" or body["profile"] in self.members
        leaves = kind == "member" and body == {**member, "standing": "erased"}
        may = member["standing"] == "active" and known and (member["role"] == "admin" or leaves)
        return bytes_of(member["signing"]), may


def judge_event(line, number, previous, documents):
    """None where the event holds; else what is wrong, in Carrel's words."""
    text, event, signature = line["text"], parsed(line["text"]), bytes_of(line["signature"])
    if len(bytes_of(line["hash"])) != 32:
        raise ValueError("no digest")
    if event is None or event.get("v") != 1 or line["hash"] != leaf(text):
        return "changed"
    if event.get("sequence") != number or event.get("previous") != previous:
        return "gap"
    actor, signer = event.get("actor"), event.get("signer")
    by = signer.get("profile") if isinstance(signer, dict) else None
    own = isinstance(actor, dict)
    if own and actor.get("profile") != by:
        return "unknown signer"
    member = documents.members.get(by)
    key = bytes_of(member["signing"]) if member else documents.device if signer == "device" and not own else None
    if key is None:
        return "unknown signer"
    message = b"carrel audit event 1\0" + text.encode()
    return None if signed(key, message, signature) else "bad signature"


def verify(path, trusted):
    number, documents, previous, events, fault = 0, None, None, 0, None
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                line = json.loads(line)
                if documents is None:
                    if line["carrel_record"] != 1:
                        raise NoExport(1)
                    documents = Documents(line)
                    if trusted and trusted != line["root"]:
                        raise Broken("it leads to another root key")
                elif "document" in line:
                    if events:
                        raise NoExport(number)
                    documents.take(line["document"], line["signature"])
                else:
                    fault = judge_event(line, events + 1, previous, documents)
                    if fault:
                        break
                    previous, events = line["hash"], events + 1
            except (KeyError, TypeError, ValueError, AttributeError):
                raise NoExport(number) from None
    if documents is None:
        raise NoExport(1)
    return documents, events, previous, fault


def main(arguments):
    trusted = None
    if arguments[:1] == ["--root"]:
        trusted, arguments = arguments[1], arguments[2:]
    if not arguments:
        print(__doc__)
        return 2
    worst = 0
    for path in arguments:
        try:
            documents, events, head, fault = verify(path, trusted)
            if fault:
                worst = max(worst, 1)
                print(f"NOT WELL  {path}: event {events + 1} does not hold: {fault}")
            else:
                print(f"well  {path}: {events} events hold; the last has the hash {head}")
                print(f"      {documents.number} documents lead to the root key {documents.root.hex()}")
        except Broken as broken:
            worst = max(worst, 1)
            print(f"NOT WELL  {path}: {broken}")
        except NoExport as where:
            worst = 2
            print(f"NO EXPORT  {path}: line {where} is not one of an exported record")
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
