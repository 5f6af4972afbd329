"""The files of an agency's copy, one after the other, as they go into its archive. Blocking: it opens what is sealed.

The order is part of the proof: media first, then the manifest that has their hashes, then ``copy.made`` in the ledger
with the manifest's hash, then the proof of that entry. Nothing is kept but hashes, so that no length has to fit into
memory, and no byte of footage lies on a disk of the recorder.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.core.clock import local_time
from appliance.core.errors import Broken
from appliance.core.model import Span, merge, subtract
from appliance.formats.copy_package.manifest import (
    CopyCamera,
    CopyManifest,
    MediaFile,
    MediaTrack,
    Minutes,
    SealedSource,
    minutes,
)
from appliance.formats.copy_package.proof import LedgerProof
from appliance.formats.copy_package.signing import FileHasher, Hashed
from appliance.services.copies.package.archive import Member
from appliance.services.copies.package.inputs import CameraFootage, CopyFacts, Packing
from appliance.services.copies.package.masked import LONGEST_MASKED_NS, MASKED_MARK, MaskedFile, PartsAhead
from appliance.services.copies.package.movie import Movie, TrackFacts, captions, form_of, subtitles
from appliance.services.copies.package.papers import PackedCamera, Papers
from appliance.services.copies.package.play import PLAY_MARK, PlayMovie, Viewers, is_needed, play_chunks
from appliance.services.copies.package.stretches import LONGEST_NS, Part, stretches

__all__ = ["Members"]


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
        self._facts, self._packing, self._viewers = facts, packing, viewers
        self._cameras = [PackedCamera(each) for each in cameras]
        self._longest_ns = longest_ns
        self._files: list[MediaFile] = []
        self._papers = Papers(facts, key, enter, packing)
        packing.whole_ns = sum(span.end_ns - span.start_ns for each in cameras for span in merge(each.spans))

    @property
    def manifest(self) -> CopyManifest | None:
        """None until all media are in."""
        return self._papers.manifest

    @property
    def manifest_sha256(self) -> str:
        return self._papers.manifest_sha256

    def __iter__(self) -> Iterator[Member]:
        for camera in self._cameras:
            for span in merge(camera.asked.spans):
                yield from self._of_span(camera, span)
        yield from self._papers.members(self._cameras, self._files)

    def _of_span(self, camera: PackedCamera, span: Span) -> Iterator[Member]:
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

    def _converted(self, camera: PackedCamera, original: MediaFile, movie: Movie, viewers: Viewers) -> Iterator[Member]:
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

    def _masked(self, camera: PackedCamera, ahead: PartsAhead, viewers: Viewers) -> Iterator[Member]:
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


class _Original:
    """One stretch as a file: the movie as it is written, and what the manifest says of it afterwards."""

    def __init__(self, members: Members, camera: PackedCamera, parts: Iterator[Part]) -> None:
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
