// The key picture of one camera, over its video while somebody drags along the time line or plays faster than the video can.
// The keeper enters each as released before it comes.

/** While masks are drawn: asks for pictures as the viewing will show them. */
export function asSeen(grant) {
  return grant.covered ? { covered: 1 } : {};
}

export class KeyPicture {
  /** `image`: what each picture takes the place of; `there`: what there is of the camera; `grant`: {url, startNs
   * (BigInt)}. `on`: {placed(at), gone(), lost(), away()}. */
  constructor(image, there, grant, on) {
    Object.assign(this, { image, there, grant, on, closed: false, fetching: false });
  }

  /** The key picture at or before `at`; at most one request under way, the newest wish wins. */
  async show(at) {
    this.wish = at;
    if (this.fetching || !this.there.at(at)) return;
    this.fetching = true;
    try {
      while (this.wish !== undefined && !this.closed) {
        const wish = this.wish;
        const found = await this.picture(wish);
        if (this.closed) return;
        if (found && this.wish !== undefined) this.put(found.picture, found.at);
        if (this.wish === wish) break;
      }
    } catch {
      this.on.away();
    } finally {
      this.fetching = false;
    }
  }

  hide() {
    this.wish = undefined;
    this.forget(this.image);
    this.image.hidden = true;
    this.on.gone();
  }

  /** For good: what is under way is shown no more. */
  close() {
    this.closed = true;
    this.hide();
  }

  /** {picture, at}: the key picture at or before `at`; null where there is none. Released before it comes. */
  async picture(at, signal = null) {
    const atNs = this.grant.startNs + BigInt(Math.floor(at * 1e6)) * 1000n;
    const query = new URLSearchParams({ camera: this.there.camera_no, at_ns: atNs, ...asSeen(this.grant) });
    const answer = await fetch(`${this.grant.url}/key?${query}`, { signal, cache: "no-store" });
    if ([401, 403].includes(answer.status)) return void this.on.lost();
    const picture = answer.ok ? await this.decoded(await answer.blob()) : null;
    return picture && { picture, at: Number(BigInt(answer.headers.get("X-At-Ns")) - this.grant.startNs) / 1e9 };
  }

  /** A picture that is ready to be painted; null where it is none. */
  async decoded(blob) {
    const picture = this.image.cloneNode();
    picture.src = URL.createObjectURL(blob);
    return picture.decode().then(() => picture, () => this.forget(picture));
  }

  /** In one step, so that the masks are those of the picture that stands there. */
  put(picture, at) {
    this.forget(this.image);
    this.image.replaceWith(picture);
    this.image = picture;
    picture.hidden = false;
    this.on.placed(at);
  }

  forget(picture) {
    if (picture.src) URL.revokeObjectURL(picture.src);
    picture.removeAttribute("src");
    return null;
  }
}
