/** Pointer, wheel and keys on the map. */

import type { Picture } from "./draw";

/** Let hands move the picture, and tell what they point at: points are in pixels of the canvas. */
export function hands(
  picture: Picture,
  act: { hover(x: number, y: number): void; click(x: number, y: number): void; open(node: number): void },
): void {
  const { canvas } = picture;
  const pointers = new Map<number, { x: number; y: number }>();
  let travelled = 0;
  let spread = 0;
  const at = (event: PointerEvent | WheelEvent | MouseEvent): [number, number] => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (pointers.size === 1) travelled = 0;
    spread = 0;
    canvas.classList.add("held");
  });
  canvas.addEventListener("pointermove", (event) => {
    const last = pointers.get(event.pointerId);
    if (!last) {
      act.hover(...at(event));
      return;
    }
    const dx = event.clientX - last.x;
    const dy = event.clientY - last.y;
    travelled += Math.abs(dx) + Math.abs(dy);
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (pointers.size === 2) {
      const [a, b] = [...pointers.values()] as [{ x: number; y: number }, { x: number; y: number }];
      const now = Math.hypot(a.x - b.x, a.y - b.y);
      const box = canvas.getBoundingClientRect();
      if (spread) picture.zoomBy(now / spread, (a.x + b.x) / 2 - box.left, (a.y + b.y) / 2 - box.top);
      spread = now;
      picture.pan(dx / 2, dy / 2);
    } else if (travelled > 4) picture.pan(dx, dy);
  });
  const up = (event: PointerEvent): void => {
    if (pointers.delete(event.pointerId) && event.type === "pointerup" && travelled <= 4 && pointers.size === 0)
      act.click(...at(event));
    if (!pointers.size) canvas.classList.remove("held");
  };
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  canvas.addEventListener("pointerleave", () => act.hover(-1e6, -1e6));
  canvas.addEventListener("dblclick", (event) => picture.zoomBy(1.8, ...at(event)));
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const lines = event.deltaMode === 1 ? 16 : 1;
      picture.zoomBy(Math.exp(-Math.max(-160, Math.min(160, event.deltaY * lines)) * 0.0022), ...at(event));
    },
    { passive: false },
  );
  canvas.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 160 : 48;
    const moves: Record<string, () => void> = {
      ArrowLeft: () => picture.pan(step, 0),
      ArrowRight: () => picture.pan(-step, 0),
      ArrowUp: () => picture.pan(0, step),
      ArrowDown: () => picture.pan(0, -step),
      "+": () => picture.zoomBy(1.3),
      "=": () => picture.zoomBy(1.3),
      "-": () => picture.zoomBy(1 / 1.3),
      Enter: () => {
        const [w, hgt] = picture.size;
        const node = picture.nodeAt(w / 2, hgt / 2, Math.max(w, hgt));
        if (node >= 0) act.open(node);
      },
    };
    if (event.altKey || event.ctrlKey || event.metaKey || !moves[event.key]) return;
    event.preventDefault();
    moves[event.key]!();
  });
}
