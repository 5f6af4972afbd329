"""The files of an agency's copy, one after the other, as they go into its archive. Blocking: it opens what is sealed.

The order is part of the proof: media first, then the manifest that has their hashes, then ``copy.made`` in the ledger
with the manifest's hash, then the proof of that entry. Nothing is kept but hashes, so that no length has to fit into
memory, and no byte of footage lies on a disk of the recorder.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.core.clock import local_time
from appliance.core.errors import Broken, NotFound
from appliance.core.model import Gap, Span, merge, subtract
from appliance.formats.copy_package.manifest import (
    FORMAT,
    PIECE_BYTES,
    AskedMinutes,
    BesideFile,
    CopyCamera,
    CopyManifest,
    MadeBy,
    MediaFile,
    MediaTrack,
    Minutes,
    MissingMinutes,
    Order,
    Recorder,
    SealedSource,
    canonical,
    minutes,
    time_at,
)
from appliance.formats.copy_package.proof import LedgerProof, encode_proof, proven_manifest
from appliance.formats.copy_package.signing import (
    KEY,
    MANIFEST,
    MANIFEST_SIGNATURE,
    PROOF,
    SUMS,
    SUMS_SIGNATURE,
    FileHasher,
    Hashed,
    public_pem,
    sums_text,
)
from appliance.services.copies.package.masked import LONGEST_MASKED_NS, MASKED_MARK, MaskedFile, Masking, PartsAhead
from appliance.services.copies.package.missing import NOT_DECODED, WORDS, missing_of
from appliance.services.copies.package.movie import Movie, TrackFacts, captions, form_of, subtitles
from appliance.services.copies.package.play import PLAY_MARK, PlayMovie, Viewers, is_needed, play_chunks
from appliance.services.copies.package.stretches import LONGEST_NS, Part, stretches
from appliance.services.viewing.footage import Footage
from appliance.services.viewing.timeline import CameraTimeline

__all__ = ["SEALED_STATEMENT", "VERIFIED_ON", "CameraFootage", "CopyFacts", "Member", "Members", "Packing"]

SEALED_STATEMENT = (
    "本清單所載影音檔取自所列密封錄影段落，係由本錄影主機以其金鑰簽章聲明；"
    "密封段落以加密保存於本所，其雜湊值已記入本所紀錄鏈，得請求本所另為比對。"
)
"""What the link from media to sealed segments rests on; nobody outside can open what is sealed."""

VERIFIED_ON = "複本交付簽收單"


class CameraFootage(NamedTuple):
    """What is approved of one camera, opened by a grant. ``timeline``: what there is and why the rest is missing, asked
    once all of it was read; ``release``: called with each stretch of minutes before a byte of it is opened, it returns
    when the entry that says so is durable. ``masking``: what of it goes out masked alone."""

    camera: CopyCamera
    spans: Sequence[Span]
    footage: Footage
    timeline: Callable[[], CameraTimeline]
    release: Callable[[Span], None]
    masking: Masking


class CopyFacts(NamedTuple):
    """What the keeper knows of a copy before it is made. ``beside``: (name, bytes) of what lies beside the archive.
    ``bucket_manifest``: the SHA-256 of a bucket's manifest as the ledger has it, "" while the bucket is open.
    ``cause_words``: why footage is missing, in Chinese, by the recorder's code."""

    copy_id: str
    recorder: Recorder
    order: Order
    made_ns: int
    made_by: str
    beside: Sequence[tuple[str, bytes]]
    bucket_manifest: Callable[[str], str]
    cause_words: Callable[[str], str]


class Member(NamedTuple):
    """A file of the archive. ``chunks`` are to be read to their end before the next member is asked for."""

    name: str
    at_ns: int
    chunks: Iterator[bytes]


@dataclass
class Packing:
    """A copy in the making, for whoever watches or stops it. ``done_ns`` of ``whole_ns`` of footage is in."""

    whole_ns: int = 0
    done_ns: int = 0
    cancelled: bool = False

    def check(self) -> None:
        """Raises NotFound once it is to stop."""
        if self.cancelled:
            raise NotFound.of("copy-ended")


@dataclass
class _Camera:
    """A camera's part, which minutes its files have, and which of them the darkroom could not decode."""

    asked: CameraFootage
    covered: list[Span] = field(default_factory=list)
    undecoded: list[Span] = field(default_factory=list)

    @property
    def words(self) -> str:
        return f"{self.asked.camera.camera_no} {self.asked.camera.name}".strip()


class Members:
    """``enter``: makes ``copy.made`` durable for a finished manifest and returns the proof of it. Where ``packing`` is
    cancelled, the next fragment raises NotFound. ``viewers``: where children come from that convert what a plain PC
    lacks the codec for, and what is masked; None: nothing is converted, and nothing masked is packed."""

    def __init__(
        self,
        facts: CopyFacts,
        cameras: Sequence[CameraFootage],
        key: Ed25519PrivateKey,
        enter: Callable[[CopyManifest, str], LedgerProof],
        packing: Packing,
        *,
        viewers: Viewers | None = None,
        longest_ns: int = LONGEST_NS,
    ) -> None:
        self._facts, self._key, self._enter, self._packing = facts, key, enter, packing
        self._viewers = viewers
        self._cameras = [_Camera(each) for each in cameras]
        self._longest_ns = longest_ns
        self._files: list[MediaFile] = []
        self.manifest: CopyManifest | None = None
        self.manifest_sha256 = ""
        packing.whole_ns = sum(span.end_ns - span.start_ns for each in cameras for span in merge(each.spans))

    def __iter__(self) -> Iterator[Member]:
        for camera in self._cameras:
            for span in merge(camera.asked.spans):
                yield from self._of_span(camera, span)
        yield from self._papers()

    # --- media ---

    def _of_span(self, camera: _Camera, span: Span) -> Iterator[Member]:
        before_ns = self._packing.done_ns

        def advance(at_ns: int) -> None:
            self._packing.done_ns = before_ns + at_ns - span.start_ns

        is_masked = camera.asked.masking.of(span)
        if is_masked and self._viewers is None:
            raise Broken(
                f"camera {camera.asked.camera.camera_no}: masking was ordered, and there is no darkroom for it"
            )
        self._packing.check()
        camera.asked.release(span)
        longest_ns = min(self._longest_ns, LONGEST_MASKED_NS) if is_masked else self._longest_ns
        found = stretches(camera.asked.footage, span, check=self._packing.check, advance=advance, longest_ns=longest_ns)
        for parts in found:
            if is_masked and self._viewers:
                yield from self._masked(camera, PartsAhead(parts), self._viewers)
                continue
            file = _Original(self, camera, parts)
            yield file.member()
            self._files.append(file.described())
            camera.covered.append(Span(file.movie.start_ns, file.movie.end_ns))
            original = self._files[-1]
            yield self._captions(original, file.movie)
            if self._viewers and is_needed(file.streams):
                yield from self._converted(camera, original, file.movie, self._viewers)
        self._packing.done_ns = before_ns + span.end_ns - span.start_ns

    def name_of(self, camera: CopyCamera, start_ns: int, form: str, *, mark: str = "") -> str:
        """``media/01-A-1-20261128-081100.mp4``: ASCII but for ``mark``, in order, by local time."""
        before = sum(file.kind in ("original", "masked") for file in self._files)
        safe = re.sub(r"[^A-Za-z0-9]+", "-", camera.camera_no).strip("-") or "camera"
        return f"media/{before + 1:02}-{safe}-{local_time(start_ns):%Y%m%d-%H%M%S}{mark}.{form}"

    def source(self, part: Part) -> SealedSource:
        bucket, file = part.source.bucket_id, part.source.file
        return SealedSource(
            bucket=bucket,
            number=file.number,
            sha256=file.sha256,
            manifest_sha256=self._facts.bucket_manifest(bucket) if file.sha256 else "",
        )

    def _captions(self, original: MediaFile, movie: Movie | PlayMovie) -> Member:
        name = original.name.rpartition(".")[0] + ".srt"
        data = b"".join(subtitles(captions(movie.start_ns, movie.end_ns, movie.words)))
        hasher = FileHasher()
        hasher.update(data)
        hashed = hasher.finish()
        self._files.append(_beside(original, name, "captions", hashed, original.shows, ()))
        return Member(name, movie.start_ns, iter((data,)))

    def _converted(self, camera: _Camera, original: MediaFile, movie: Movie, viewers: Viewers) -> Iterator[Member]:
        """The file for watching, read from what is sealed once more; none where nothing of it can be converted."""
        span = Span(movie.start_ns, movie.end_ns)
        found = stretches(camera.asked.footage, span, check=self._packing.check, longest_ns=2 * self._longest_ns)
        made, hasher = PlayMovie(movie.start_ns, f"{movie.words} {PLAY_MARK}"), FileHasher()
        chunks = play_chunks(viewers, next(found, iter(())), made, movie.end_ns)
        first = next(chunks, b"")
        if not first:
            return
        name = f"{original.name.rpartition('.')[0]}-{PLAY_MARK}.mp4"
        yield Member(name, movie.start_ns, _hashed(itertools.chain((first,), chunks), hasher))
        shows = minutes(Span(made.start_ns, made.end_ns))
        self._files.append(_beside(original, name, "play", hasher.finish(), shows, made.facts))

    def _masked(self, camera: _Camera, ahead: PartsAhead, viewers: Viewers) -> Iterator[Member]:
        """The files of a masked stretch: one, and another wherever a child died of what it was handed."""
        while first := ahead.head:
            file, hasher = MaskedFile(ahead, first, camera.words, camera.asked.masking.masks, self.source), FileHasher()
            chunks = file.chunks(viewers)
            if data := next(filter(None, chunks), b""):
                name = self.name_of(camera.asked.camera, file.span.start_ns, "mp4", mark=f"-{MASKED_MARK}")
                yield Member(name, file.span.start_ns, _hashed(itertools.chain((data,), chunks), hasher))
                self._files.append(_described_masked(name, camera.asked.camera, hasher.finish(), file))
                yield self._captions(self._files[-1], file.movie)
                camera.covered += subtract(file.span, file.lost())
            camera.undecoded += file.lost()

    # --- papers ---

    def _papers(self) -> Iterator[Member]:
        self._packing.check()
        manifest = self.manifest = self._described()
        data = canonical(manifest)
        self.manifest_sha256 = hashlib.sha256(data).hexdigest()
        sums = sums_text([(MANIFEST, self.manifest_sha256), *((file.name, file.sha256) for file in manifest.files)])
        papers = {
            MANIFEST: data,
            MANIFEST_SIGNATURE: self._key.sign(data),
            SUMS: sums,
            SUMS_SIGNATURE: self._key.sign(sums),
            KEY: public_pem(self._key.public_key()),
        }
        for name, content in papers.items():
            yield Member(name, self._facts.made_ns, iter((content,)))
        self._packing.check()
        proof = self._enter(manifest, self.manifest_sha256)
        if proven_manifest(proof) != self.manifest_sha256:
            raise Broken(f"copy {manifest.copy}: what was entered of it is not the hash of its manifest")
        yield Member(PROOF, self._facts.made_ns, iter((encode_proof(proof),)))

    def _described(self) -> CopyManifest:
        facts = self._facts
        return CopyManifest(
            format=FORMAT,
            copy=facts.copy_id,
            recorder=facts.recorder,
            order=facts.order,
            made=MadeBy(at=time_at(facts.made_ns), role=facts.made_by, verified_on=VERIFIED_ON),
            asked=tuple(
                AskedMinutes(camera_no=each.asked.camera.camera_no, approved=minutes(span))
                for each in self._cameras
                for span in each.asked.spans
            ),
            cameras=tuple(each.asked.camera for each in self._cameras),
            files=tuple(self._files),
            missing=tuple(missing for each in self._cameras for missing in self._missing(each)),
            beside=tuple(
                BesideFile(name=name, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
                for name, data in facts.beside
            ),
            piece_bytes=PIECE_BYTES,
            sealed_statement=SEALED_STATEMENT,
        )

    def _missing(self, camera: _Camera) -> Iterator[MissingMinutes]:
        camera_no = camera.asked.camera.camera_no
        undecoded = [
            Gap(camera_no=camera_no, start_ns=each.start_ns, end_ns=each.end_ns, cause=NOT_DECODED)
            for each in merge(camera.undecoded)
        ]
        gaps = [*undecoded, *camera.asked.timeline().gaps]
        for span, cause in missing_of(merge(camera.asked.spans), camera.covered, gaps):
            yield MissingMinutes(
                camera_no=camera_no,
                minutes=minutes(span),
                cause=cause,
                words=WORDS.get(cause) or self._facts.cause_words(cause),
            )


class _Original:
    """One stretch as a file: the movie as it is written, and what the manifest says of it afterwards."""

    def __init__(self, members: Members, camera: _Camera, parts: Iterator[Part]) -> None:
        self._members, self._camera, self._parts = members, camera.asked.camera, parts
        self._first = next(parts)
        self.streams = self._first.streams
        start_ns = min(sample.pts_ns for sample in self._first.samples)
        self.movie = Movie(self._first.streams, start_ns, camera.words)
        self._name = members.name_of(self._camera, start_ns, form_of(self._first.streams))
        self._hasher = FileHasher()
        self._sources: dict[SealedSource, None] = {}

    def member(self) -> Member:
        return Member(self._name, self.movie.start_ns, _hashed(self._written(), self._hasher))

    def _written(self) -> Iterator[bytes]:
        yield self.movie.begin()
        part: Part | None = self._first
        last = self._first
        while part:
            self._sources[self._members.source(part)] = None
            yield self.movie.add(part.samples)
            last, part = part, next(self._parts, None)
        yield self.movie.finish(last.until_ns)

    def described(self) -> MediaFile:
        hashed = self._hasher.finish()
        return MediaFile(
            name=self._name,
            kind="original",
            of="",
            camera_no=self._camera.camera_no,
            shows=minutes(Span(self.movie.start_ns, self.movie.end_ns)),
            container=self.movie.form,
            bytes=hashed.bytes,
            sha256=hashed.sha256,
            pieces=hashed.pieces,
            tracks=tuple(map(_described_track, self.movie.facts)),
            sources=tuple(self._sources),
            corrected_ns=self._first.source.by_ns,
            left_out=self.movie.left_out,
            masked=None,
        )


def _beside(
    original: MediaFile, name: str, kind: str, hashed: Hashed, shows: Minutes, tracks: Sequence[TrackFacts]
) -> MediaFile:
    """A file that belongs to another one."""
    return MediaFile(
        name=name,
        kind=kind,
        of=original.name,
        camera_no=original.camera_no,
        shows=shows,
        container=name.rpartition(".")[2],
        bytes=hashed.bytes,
        sha256=hashed.sha256,
        pieces=hashed.pieces,
        tracks=tuple(map(_described_track, tracks)),
        sources=(),
        corrected_ns=original.corrected_ns,
        left_out=(),
        masked=None,
    )


def _described_masked(name: str, camera: CopyCamera, hashed: Hashed, file: MaskedFile) -> MediaFile:
    return MediaFile(
        name=name,
        kind="masked",
        of="",
        camera_no=camera.camera_no,
        shows=minutes(file.span),
        container="mp4",
        bytes=hashed.bytes,
        sha256=hashed.sha256,
        pieces=hashed.pieces,
        tracks=tuple(map(_described_track, file.movie.facts)),
        sources=file.sources,
        corrected_ns=file.corrected_ns,
        left_out=file.left_out,
        masked=file.described(),
    )


def _hashed(chunks: Iterator[bytes], hasher: FileHasher) -> Iterator[bytes]:
    for data in chunks:
        if data:
            hasher.update(data)
            yield data


def _described_track(facts: TrackFacts) -> MediaTrack:
    return MediaTrack(kind=facts.kind, codec=facts.codec, samples=facts.samples, width=facts.width, height=facts.height)
