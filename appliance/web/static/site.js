// Small things that every page may use: copying a value, focus on what needs mending.

class Copy extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("button");
    const label = button.getAttribute("aria-label");
    button.addEventListener("click", async () => {
      const lines = [...this.querySelector("code, pre").childNodes].map((node) => node.textContent.trim());
      await navigator.clipboard.writeText(lines.filter(Boolean).join(this.className === "fingerprint" ? ":" : ""));
      button.setAttribute("aria-label", button.dataset.done);
      button.title = button.dataset.done;
      setTimeout(() => {
        button.setAttribute("aria-label", label);
        button.removeAttribute("title");
      }, 2000);
    });
  }
}
customElements.define("or-copy", Copy);

document.querySelector("[data-focus]")?.focus();
