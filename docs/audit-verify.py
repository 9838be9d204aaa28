#!/usr/bin/env python3
"""Verifies an exported record of Carrel, without Carrel.

    carrel audit export --profile NAME > record.jsonl
    carrel audit export --profile NAME --format package > record.tar
    python3 audit-verify.py [--root HEX] [--checkpoint FILE] record.jsonl record.tar ...
    python3 audit-verify.py [--key HEX] [--checkpoint FILE] proof.json ...

Needs Python 3.8 and nothing else. Says of each file whether its signed
documents lead to the root key and its events hold: text, hash, order and
signature; with a checkpoint that was kept, also whether the record begins with
what that stands for. Of a package it checks first that it holds the files that it
should and no other, and that each is as the member signed it who made it. Checks
proofs, too (carrel audit inclusion | consistency | content):
one holds as far as the key is trusted that it names.
Ends with 0 where all do, 1 where one does not, 2 where a file is neither.
Compare the root key with the one that another admin's export names.

What it cannot see: events that were cut off the end, checkpoints that were removed (unless
they begin anew afterwards, or none is left: compare the first key with the one that was
seen before), and who of the members
was allowed to sign a document beyond being an admin, an invited newcomer or
the one who leaves; Carrel checks both against what each desk has seen. Nor does it know
every kind of event: one that is signed and no event of this Carrel is well here.

The format. Line 1: {"carrel_record": 1, "workspace": ID, "root": KEY}. Then a
line {"document": TEXT, "signature": HEX} for each signed document, then a line
{"text": TEXT, "hash": HEX, "signature": HEX} for each event. A text is canonical
JSON (RFC 8785). Its hash is SHA-256 of a zero byte and the text (RFC 6962).
Signatures are Ed25519 (RFC 8032) over "carrel workspace document 1\\0" or
"carrel audit event 1\\0" and the text.

Behind some events stands {"checkpoint": NOTE}: a checkpoint that Carrel made by itself,
a note as below with one more line, "next " and a key in base64, and signed by "once/N". An
event "checkpoints_begun" names the number and the key of the first one; each further one is
signed with the key that the one before it named, and was destroyed afterwards.

A checkpoint is a signed note (C2SP tlog-checkpoint): "carrel.record/" and the
workspace, the number of events, the root of the RFC 9162 tree over their hashes
in base64, an empty line, and "\u2014 member/ID" with the key's id and signature in
base64. A proof is one object: {"carrel_proof": "inclusion", "form": 1, "sequence":
N, "text": TEXT, "path": [HEX ...], "checkpoint": NOTE, "key": HEX}, or
{"carrel_proof": "consistency", "form": 1, "earlier": NOTE, "path": [HEX ...],
"checkpoint": NOTE, "key": HEX}.

The event that tells the end of a call may hold "input" and "output": HEX, which commit to what
was asked and answered. The HMAC-SHA256 (RFC 2104) is over "carrel commitment 1\\0", "input\\0" or
"output\\0", the 16 bytes of the event's "attempt" and the text in UTF-8, under a key of 32 bytes for this text alone that lies on the person's own desk. A
proof of a text is one of inclusion, called "content", with three fields more at its end:
"side": "input" or "output", "content": the text, "opening": the key in HEX.

A package is a tar file (POSIX ustar) of regular files alone, with the mode 0644, owner
and group 0 without names, and nothing behind its two blocks of zeros. In it are
manifest.json: canonical JSON {"by": ID, "carrel_package": 1, "events": N, "files":
[{"name": NAME, "sha256": HEX, "size": BYTES} ...], "key": HEX, "made_at": MS, "tree": HEX,
"workspace": ID}, where "tree" is the root of the tree over all events and "files" are the
other files in the order of SIGNED; manifest.sig: the Ed25519 signature over "carrel record
package 1\\0" and the manifest with "key", in hexadecimal, and the end of the line; and
those files. The record in it names the same key as that of the member "by".
"""

import base64
import hashlib
import hmac
import io
import json
import re
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


# Kinds of documents of which there are several, each about its own subject.
SEVERAL = ("member", "invitation", "provider", "route", "override", "proposal")
# Since this form one of several admins makes no other alone, and erases nobody else.
TWO_SIGNATURES = 3
NEWEST_FORM = 3
PROPOSAL = {"member", "wanted", "withdrawn"}
WEEK = 7 * 24 * 60 * 60 * 1000


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
        self.members, self.invitations, self.proposals, self.device = {}, {}, {}, None
        self.versions, self.previous, self.number = {}, None, 0
        self.spent, self.form, self.latest_at = set(), 0, 0

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
        subject = body.get("profile") or body.get("id") or body.get("member") or canonical(body.get("model"))
        name = (kind, subject if kind in SEVERAL else "")
        version, predecessor = self.versions.get(name, (0, None))
        form, at = document["v"], document["issued_at"]
        must(type(form) is int and 1 <= form <= NEWEST_FORM and type(at) is int, "cannot be read")
        if kind == "proposal":
            must(set(body) == PROPOSAL and type(body["withdrawn"]) is bool, "cannot be read")
        must(document["workspace"] == self.workspace, "belongs to another workspace")
        follows = (
            document["position"] == self.number
            and document["previous"] == self.previous
            and document["version"] == version + 1
            and document["predecessor"] == predecessor
            and form >= self.form
            and at >= self.latest_at
        )
        key, may = self.author(document["author"], kind, body)
        agreed = document["v"] < TWO_SIGNATURES or self.agreed(document, kind, body)
        must(key is not None, "is signed by nobody who is known here")
        must(signed(key, b"carrel workspace document 1\0" + text.encode(), signature), "has a forged signature")
        must(follows, "does not follow from what stands before it")
        must(may, "was not its author's to sign")
        must(agreed, "needs two admins")
        self.previous, self.number = leaf(text), self.number + 1
        self.form, self.latest_at = form, at
        if document["author"] != "root" and "invitation" in document["author"]:
            self.spent.add(document["author"]["invitation"])
        self.versions[name] = (version + 1, self.previous)
        if kind == "proposal":
            self.proposals[body["member"]] = document
        elif kind == "member":
            # Whatever is signed about a member has used the proposal, or overtaken it.
            self.proposals.pop(body["profile"], None)
            self.members[body["profile"]] = body
        elif kind == "invitation":
            self.invitations[body["id"]] = body
        elif kind == "device":
            self.device = bytes_of(body["signing"])

    def is_admin(self, who):
        member = self.members.get(who)
        return member is not None and member["role"] == "admin" and member["standing"] == "active"

    def agreed(self, document, kind, body):
        """Whether a second admin agreed, where there is one and it takes two."""
        if len([who for who in self.members if self.is_admin(who)]) < 2 or document["author"] == "root":
            return True
        ((what, who),) = document["author"].items()
        if kind == "invitation":
            return body["role"] != "admin" or body["revoked"]
        if kind != "member":
            return True
        if what == "invitation":
            return body["role"] != "admin"
        rises = body["role"] == "admin" and body["standing"] == "active" and not self.is_admin(body["profile"])
        erases = body["standing"] == "erased" and body["profile"] != who
        if not rises and not erases:
            return True
        proposal = self.proposals.get(body["profile"])
        if proposal is None:
            return False
        by, wanted = proposal["author"].get("profile"), proposal["body"]["proposal"]
        return (
            not wanted["withdrawn"]
            and wanted["wanted"] == ("admin" if rises else "erasure")
            and by != who
            and self.is_admin(by)
            and document["issued_at"] < proposal["issued_at"] + WEEK
        )

    def keeps_keys(self, kind, body):
        """Keys stay those of the person, and who was erased stays erased."""
        before = self.members.get(body["profile"]) if kind == "member" else None
        return before is None or (
            before["standing"] != "erased"
            and before["signing"] == body["signing"]
            and before["recipient"] == body["recipient"]
        )

    def author(self, author, kind, body):
        """Whose key must stand under a document, and whether it may."""
        if author == "root":
            admins = [who for who in self.members if self.is_admin(who)]
            return self.root, kind == "member" and not admins and self.keeps_keys(kind, body)
        ((what, who),) = author.items()
        if what == "invitation":
            invited = self.invitations.get(who)
            if invited is None or who in self.spent:
                return None, False
            new = kind == "member" and body["profile"] not in self.members
            return bytes_of(invited["signing"]), new and not invited["revoked"] and body["role"] == invited["role"]
        member = self.members.get(who)
        if member is None:
            return None, False
        known = kind != "member" or body["profile"] in self.members and self.keeps_keys(kind, body)
        if kind == "proposal":
            about = self.members.get(body["member"])
            known = body["withdrawn"] or about is not None and about["standing"] != "erased"
        leaves = kind == "member" and body == {**member, "standing": "erased"}
        may = member["standing"] == "active" and known and (member["role"] == "admin" or leaves)
        return bytes_of(member["signing"]), may


def begun(event):
    """Number and key of the checkpoints that begin with this event; false where it does not say."""
    what = event.get("what") if event else None
    if not isinstance(what, dict) or what.get("kind") != "checkpoints_begun":
        return None
    try:
        number, key = what["first"], bytes_of(what["public"])
    except (KeyError, ValueError):
        return False
    return (number, key) if type(number) is int and number >= 0 and len(key) == 32 else False


def judge_event(line, number, previous, documents, checkpoints):
    """None where the event holds; else what is wrong, in Carrel's words."""
    text, event, signature = line["text"], parsed(line["text"]), bytes_of(line["signature"])
    if len(bytes_of(line["hash"])) != 32:
        raise ValueError("no digest")
    begins = begun(event)
    if event is None or type(event.get("v")) is not int or event["v"] != 1 or line["hash"] != leaf(text) or begins is False:
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
    if not signed(key, message, signature):
        return "bad signature"
    return checkpoints.begin(*begins) if begins else None


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


class Tree:
    """The root over leaves as they come (RFC 9162, 2.1.1)."""

    def __init__(self):
        self.size, self.peaks = 0, []

    def push(self, leaf):
        size = self.size
        while size & 1:
            leaf, size = node(self.peaks.pop(), leaf), size >> 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self):
        if not self.peaks:
            return hashlib.sha256(b"").digest()
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node(peak, root)
        return root


ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
BODY = re.compile("carrel\\.record/(" + ID + ")\n(0|[1-9][0-9]{0,19})\n([A-Za-z0-9+/]{43}=)\n")
SIGNATURE = re.compile("\u2014 (member/" + ID + ") ([A-Za-z0-9+/=]+)")


def decoded(text):
    """Base64 in its one spelling."""
    value = base64.b64decode(text, validate=True)
    if base64.b64encode(value).decode() != text:
        raise ValueError("not base64")
    return value


class Note:
    """A checkpoint, as it was written down."""

    def __init__(self, text):
        self.body, parted, signatures = text.partition("\n\n")
        self.body += "\n"
        found = BODY.fullmatch(self.body)
        lines = (SIGNATURE.fullmatch(line) for line in signatures.split("\n"))
        signed_line = next((line for line in lines if line), None)
        if len(text.encode()) > 4096 or not parted or not found or not signed_line:
            raise NoExport(1)
        self.workspace, size, root = found.groups()
        self.name, signature = signed_line.groups()
        try:
            self.size, self.root, signature = int(size), decoded(root), decoded(signature)
        except ValueError:
            raise NoExport(1) from None
        if self.size >= 2**64:
            raise NoExport(1)
        self.id, self.signature = signature[:4], signature[4:]

    def is_signed_by(self, key):
        named = hashlib.sha256(self.name.encode() + b"\n\1" + key).digest()[:4]
        return self.id == named and signed(key, self.body.encode(), self.signature)

    def stands_for(self):
        return self.workspace, self.size, self.root


AUTOMATIC = re.compile(BODY.pattern + "next ([A-Za-z0-9+/]{43}=)\n\n\u2014 (once/([1-9][0-9]{0,19})) ([A-Za-z0-9+/=]+)\n")


class Checkpoints:
    """Those that Carrel makes by itself, each signed with the key that the one before named."""

    def __init__(self):
        self.number, self.size, self.due, self.first, self.count, self.begun = 0, 0, None, None, 0, 0
        # The first one stands right behind the event that says that they begin.
        self.begins = False

    def begin(self, number, key):
        """None where they may begin so; else what is wrong, in Carrel's words."""
        if number <= self.number:
            return "bad checkpoint"
        self.begins = True
        self.first, self.due, self.begun = key, (number, key), self.begun + 1
        return None

    def take(self, text, workspace, tree):
        found = AUTOMATIC.fullmatch(text) if len(text.encode()) <= 4096 else None
        if not found or self.due is None:
            return "bad checkpoint"
        whose, size, root, following, name, number, signature = found.groups()
        try:
            root, following, signature = decoded(root), decoded(following), decoded(signature)
        except ValueError:
            return "bad checkpoint"
        due, key = self.due
        follows = whose == workspace and int(number) == due and int(size) == tree.size > self.size
        named = hashlib.sha256(name.encode() + b"\n\1" + key).digest()[:4]
        body = text.partition("\n\n")[0] + "\n"
        if not follows or signature[:4] != named or not signed(key, body.encode(), signature[4:]):
            return "bad checkpoint"
        if root != tree.root():
            return "not as checkpointed"
        self.number, self.size, self.due, self.count = due, tree.size, (due + 1, following), self.count + 1
        self.begins = False
        return None


def climb(at, last, path, step):
    """Walks up a tree as RFC 9162 does; false where the path has another length."""
    for other in path:
        if last == 0:
            return False
        on_the_left = at & 1 or at == last
        step(other, on_the_left)
        if on_the_left:
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        at, last = at >> 1, last >> 1
    return last == 0


def includes(note, sequence, text, path):
    nodes = [bytes.fromhex(leaf(text))]

    def step(other, left):
        nodes[0] = node(other, nodes[0]) if left else node(nodes[0], other)

    there = 1 <= sequence <= note.size and climb(sequence - 1, note.size - 1, path, step)
    return there and nodes[0] == note.root


def extends(old, new, path):
    if old.size >= new.size or old.size == 0:
        nothing = old.size == 0 and old.root == Tree().root()
        same = old.size == new.size and old.root == new.root
        return not path and (same or (nothing and new.size > 0))
    if old.size & (old.size - 1) == 0:
        path = [old.root] + path
    if not path:
        return False
    nodes, at, last = [path[0], path[0]], old.size - 1, new.size - 1
    while at & 1:
        at, last = at >> 1, last >> 1

    def step(other, left):
        if left:
            nodes[0], nodes[1] = node(other, nodes[0]), node(other, nodes[1])
        else:
            nodes[1] = node(nodes[1], other)

    return climb(at, last, path[1:], step) and nodes == [old.root, new.root]


EVENT = {"v", "sequence", "previous", "signer", "id", "at", "actor", "session", "what"}
FIELDS = {
    "inclusion": {"carrel_proof", "form", "sequence", "text", "path", "checkpoint", "key"},
    "content": {"carrel_proof", "form", "sequence", "text", "path", "checkpoint", "key", "side", "content", "opening"},
    "consistency": {"carrel_proof", "form", "earlier", "path", "checkpoint", "key"},
}


def commits(event, side, content, opening):
    """Whether an event commits to this text of its call, under this key."""
    try:
        what = event["what"]
        committed, attempt = what[side], what["attempt"]
        if what["kind"] != "attempt_outcome" or not re.fullmatch(ID, attempt):
            return False
        message = b"carrel commitment 1\0" + side.encode() + b"\0" + bytes.fromhex(attempt.replace("-", "")) + content
        made = hmac.new(opening, message, "sha256").digest()
        return hmac.compare_digest(made, bytes_of(committed))
    except (KeyError, TypeError, ValueError, AttributeError):
        return False


def prove(proof, trusted, kept):
    """What a proof shows, in words."""
    try:
        event = proof["carrel_proof"] in ("inclusion", "content")
        speaks = proof["carrel_proof"] == "content"
        note, key = Note(proof["checkpoint"]), bytes_of(proof["key"])
        path = [bytes_of(one) for one in proof["path"]]
        earlier = None if event else Note(proof["earlier"])
        whole = set(proof) == FIELDS[proof["carrel_proof"]] and type(proof["form"]) is int
        whole = whole and type(proof["path"]) is list
        if not whole or proof["form"] != 1 or len(key) != 32 or any(len(one) != 32 for one in path):
            raise NoExport(1)
        side, content, opening = (proof["side"], proof["content"].encode(), bytes_of(proof["opening"])) if speaks else (None, b"", b"")
        if speaks and (side not in ("input", "output") or len(opening) != 32):
            raise NoExport(1)
        number = proof["sequence"] if event else 0
        told = parsed(proof["text"]) if event else None
        framed = told is not None and set(told) - {"role"} == EVENT and told["v"] == 1
        if event and (type(number) is not int or not framed or told["sequence"] != number):
            raise NoExport(1)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise NoExport(1) from None
    if not note.is_signed_by(key):
        raise Broken("its checkpoint is not signed with the key that it names")
    if trusted and trusted != key.hex():
        raise Broken("it is signed with another key than the one that is trusted")
    if event:
        shown, said = includes(note, number, proof["text"], path), f"event {number} is one of {note.size}"
    else:
        shown = earlier.workspace == note.workspace and extends(earlier, note, path)
        said = f"the record of {note.size} events begins with the {earlier.size} of the checkpoint"
    if not shown:
        raise Broken("it does not lead to its checkpoint")
    if speaks:
        if not commits(told, side, content, opening):
            raise Broken("its event does not speak of this text")
        said += f", and says that its text of {len(content)} bytes was {'asked' if side == 'input' else 'answered'}"
    if kept and kept.stands_for() != (note if event else earlier).stands_for():
        raise Broken("it is not about the checkpoint that was kept")
    vouched = "" if trusted or (kept and event) else ", as far as that key is trusted"
    return f"{said}; signed with {key.hex()}{vouched}"


LONGEST_PROOF = 32 << 20


def proof_in(path):
    """The proof in a file; none where it holds something else."""
    with open(path, "rb") as file:
        try:
            if not file.read(32).startswith(b'{"carrel_proof"'):
                return None
            file.seek(0)
            text = file.read(LONGEST_PROOF + 1)
            if len(text) > LONGEST_PROOF:
                raise NoExport(1)
            return json.loads(text.decode(), object_pairs_hook=once)
        except (ValueError, RecursionError):
            raise NoExport(1) from None


def once(pairs):
    """An object that names nothing twice."""
    if len(dict(pairs)) != len(pairs):
        raise ValueError("named twice")
    return dict(pairs)


BLOCK = 512
# The files of a package that its manifest lists, in its order, and how long each may be.
SIGNED = {
    "README.txt": 64 << 10,
    "audit-verify.py": 1 << 20,
    "record.csv": (8 << 30) - 1,
    "record.jsonl": (8 << 30) - 1,
    "record.ocsf.jsonl": (8 << 30) - 1,
}
NAMES = {"manifest.json": 16 << 10, "manifest.sig": 129, **SIGNED}
MANIFEST = {"by", "carrel_package", "events", "files", "key", "made_at", "tree", "workspace"}
NO_PACKAGE = "This package is cut off or was changed: it is not in the form that Carrel writes."
NO_MANIFEST = "The manifest of this package cannot be read."


def header_of(name, size, at):
    """The one header that a file of a package has."""
    octal = lambda number, digits: b"%0*o\0" % (digits, number)
    begin = name.ljust(100, b"\0") + octal(0o644, 7) + octal(0, 7) * 2 + octal(size, 11) + octal(at, 11)
    end = (b"0".ljust(101, b"\0") + b"ustar\x0000").ljust(BLOCK - 156, b"\0")
    return begin + octal(sum(begin) + 8 * ord(" ") + sum(end), 7) + end


def header_in(block):
    """The name and the length that a header names."""
    name = block[:100].split(b"\0")[0]
    fields = [block[at : at + 12] for at in (124, 136)]
    if not all(re.fullmatch(b"[0-7]{11}\0", field) for field in fields):
        raise Broken(NO_PACKAGE)
    size, at = (int(field[:11], 8) for field in fields)
    if header_of(name, size, at) != block:
        raise Broken(NO_PACKAGE)
    return name, size


def files_in(package):
    """Where each file is, and how long."""
    package.seek(0, 2)
    end, at, files = package.tell(), 0, {}

    def take(count):
        nonlocal at
        package.seek(at)
        at += count
        if at > end:
            raise Broken(NO_PACKAGE)
        return package

    while True:
        block = take(BLOCK).read(BLOCK)
        if not any(block):
            break
        name, size = header_in(block)
        known = name.decode("latin-1")
        if known not in NAMES:
            shown = "".join(chr(byte) if 32 <= byte < 127 else "?" for byte in name)
            raise Broken(f"This package holds {shown}, which is none of its files.")
        if known in files:
            raise Broken(f"This package holds {known} twice.")
        if size > NAMES[known]:
            raise Broken(f"In this package {known} is longer than such a file can be.")
        files[known] = (at, size)
        take(size)
        padding = -size % BLOCK
        if any(take(padding).read(padding)):
            raise Broken(NO_PACKAGE)
    if any(take(BLOCK).read(BLOCK)) or at != end:
        raise Broken(NO_PACKAGE)
    for name in NAMES:
        if name not in files:
            raise Broken(f"This package lacks {name}.")
    return files


class Part(io.RawIOBase):
    """A part of a file, as a file."""

    def __init__(self, file, begin, size):
        self.file, self.at, self.left = file, begin, size

    def readable(self):
        return True

    def readinto(self, buffer):
        self.file.seek(self.at)
        count = self.file.readinto(memoryview(buffer)[: self.left])
        self.at, self.left = self.at + count, self.left - count
        return count


def manifest_in(package, files):
    """What a package says of itself, where it is signed with the key that it names."""
    text, signature = (Part(package, *files[name]).readall() for name in ("manifest.json", "manifest.sig"))

    def must(holds):
        if not holds:
            raise Broken(NO_MANIFEST)

    count = lambda number: type(number) is int and 0 <= number < 2**53
    try:
        found = parsed(text.decode())
        must(found is not None and set(found) == MANIFEST)
        must(type(found["carrel_package"]) is int and found["carrel_package"] == 1)
        must(count(found["events"]) and count(found["made_at"]))
        must(type(found["files"]) is list)
        must(re.fullmatch(ID, found["by"]) and re.fullmatch(ID, found["workspace"]))
        for file in found["files"]:
            must(set(file) == {"name", "sha256", "size"} and type(file["name"]) is str and count(file["size"]))
            must(len(bytes_of(file["sha256"])) == 32)
        key = bytes_of(found["key"])
        must(len(key) == 32 and len(bytes_of(found["tree"])) == 32)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Broken(NO_MANIFEST) from None
    try:
        end, signature = signature[-1:], bytes_of(signature[:-1].decode())
    except ValueError:
        end, signature = b"", b""
    if end != b"\n" or not signed(key, b"carrel record package 1\0" + text, signature):
        raise Broken("The manifest of this package is not signed with the key that it names.")
    must([file["name"] for file in found["files"]] == list(SIGNED))
    return found


def verify_package(path, trusted, kept):
    """What `verify` says of the record in a package, whose files are all as they were signed."""
    with open(path, "rb") as package:
        files = files_in(package)
        manifest = manifest_in(package, files)
        for file in manifest["files"]:
            begin, size = files[file["name"]]
            digest, content = hashlib.sha256(), Part(package, begin, size)
            for piece in iter(lambda: content.read(1 << 20), b""):
                digest.update(piece)
            if (size, digest.hexdigest()) != (file["size"], file["sha256"]):
                raise Broken(f"In this package {file['name']} is not what was signed.")
        record = io.BufferedReader(Part(package, *files["record.jsonl"]))
        found = verify(io.TextIOWrapper(record, encoding="utf-8", newline="\n"), trusted, kept)
    documents, events, _, fault, tree, _ = found
    says = manifest["workspace"], manifest["events"], manifest["tree"]
    if not fault and says != (documents.workspace, events, tree.hex()):
        raise Broken("This package says something else about its record than the record does.")
    member = documents.members.get(manifest["by"])
    if not fault and (member is None or member["signing"] != manifest["key"]):
        raise Broken("This package is signed with another key than that of the member whom it names.")
    return found


def is_package(path):
    with open(path, "rb") as file:
        return file.read(263)[257:] == b"ustar\0"


HEAD = {"carrel_record", "workspace", "root"}
LINES = ({"document", "signature"}, {"text", "hash", "signature"}, {"checkpoint"})
LONGEST_LINE = 8 << 20


def verify(lines, trusted, kept):
    number, documents, previous, events, fault = 0, None, None, 0, None
    tree, begins, checkpoints = Tree(), kept is None, Checkpoints()
    with lines:
        for number, line in enumerate(lines, 1):
            try:
                length = len(line.encode())
                if length > LONGEST_LINE or (length == LONGEST_LINE and not line.endswith("\n")):
                    raise NoExport(number)
                line = json.loads(line, object_pairs_hook=once)
                if documents is None:
                    if set(line) != HEAD or type(line["carrel_record"]) is not int or line["carrel_record"] != 1:
                        raise NoExport(1)
                    documents = Documents(line)
                    if trusted and trusted != line["root"]:
                        raise Broken("it leads to another root key")
                elif set(line) not in LINES:
                    raise NoExport(number)
                elif "document" in line:
                    if events or checkpoints.count:
                        raise NoExport(number)
                    documents.take(line["document"], line["signature"])
                elif "checkpoint" in line:
                    fault = checkpoints.take(line["checkpoint"], documents.workspace, tree)
                    if fault:
                        break
                else:
                    fault = "bad checkpoint" if checkpoints.begins else None
                    if fault:
                        break
                    fault = judge_event(line, events + 1, previous, documents, checkpoints)
                    if fault:
                        events += 1
                        break
                    previous, events = line["hash"], events + 1
                    tree.push(bytes_of(previous))
                    if kept and (documents.workspace, events, tree.root()) == kept.stands_for():
                        begins = True
            except (KeyError, TypeError, ValueError, AttributeError):
                raise NoExport(number) from None
    if documents is None:
        raise NoExport(1)
    if not fault and checkpoints.begins:
        fault = "bad checkpoint"
    if kept and kept.stands_for() == (documents.workspace, 0, Tree().root()):
        begins = True
    if not fault and not begins:
        raise Broken("it does not begin with what the checkpoint stands for")
    return documents, events, previous, fault, tree.root(), checkpoints


def main(arguments):
    root, key, kept = None, None, None
    try:
        while arguments[:1] and arguments[0] in ("--root", "--key", "--checkpoint"):
            option, value, *arguments = arguments
            if option == "--root":
                root = value
            elif option == "--key":
                key = value
            else:
                with open(value, encoding="utf-8", newline="") as file:
                    kept = Note(file.read(5000))
    except (NoExport, ValueError):
        print("NO EXPORT  this is no checkpoint of a record, or an option lacks its value")
        return 2
    if not arguments:
        print(__doc__)
        return 2
    worst = 0
    for path in arguments:
        try:
            package = is_package(path)
            proof = None if package else proof_in(path)
            if proof is not None:
                if root:
                    raise NoExport(1)
                print(f"well  {path}: {prove(proof, key, kept)}")
                continue
            found = verify_package if package else lambda path, *told: verify(open(path, encoding="utf-8", newline="\n"), *told)
            documents, events, head, fault, _, checkpoints = found(path, root, kept)
            if fault:
                worst = max(worst, 1)
                print(f"NOT WELL  {path}: event {events} does not hold: {fault}")
            else:
                print(f"well  {path}: {events} events hold; the last has the hash {head}")
                if checkpoints.first:
                    made = f"{checkpoints.count} checkpoints hold, the last for {checkpoints.size} events"
                    since = f"they began anew {checkpoints.begun - 1} times, the first since then" if checkpoints.begun > 1 else "the first"
                    removed = checkpoints.count < checkpoints.begun
                    first = f"{made}; {since} is signed with {checkpoints.first.hex()}"
                    print("      " + ("checkpoints were removed: none is left where they began" if removed else first))
                print(f"      {documents.number} documents lead to the root key {documents.root.hex()}")
        except Broken as broken:
            worst = max(worst, 1)
            print(f"NOT WELL  {path}: {broken}")
        except NoExport as where:
            worst = 2
            print(f"NO EXPORT  {path}: line {where} is not one of an exported record, nor a proof")
        except (ValueError, RecursionError):
            worst = 2
            print(f"NO EXPORT  {path}: it cannot be read")
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
