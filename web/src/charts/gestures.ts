import { type Camera, moved, type Size, zoomed } from './camera';

/** Moves less than this, in units of the drawing, are a press and no drag. */
const SLACK = 3;

/**
 * How hands move a drawing in an SVG: a mouse drags it, two fingers pinch it, a wheel with Ctrl zooms it
 * (trackpads send a pinch as one). The wheel alone and a finger up and down scroll the page.
 */
export class Gestures {
  /** Whether what happens at present is a drag: the press at its end means nothing else then. */
  dragged = false;

  readonly #size: Size;
  readonly #camera: () => Camera;
  readonly #move: (camera: Camera) => void;
  readonly #pointers = new Map<number, DOMPoint>();
  #svg: SVGSVGElement | undefined;

  constructor(size: Size, camera: () => Camera, move: (camera: Camera) => void) {
    this.#size = size;
    this.#camera = camera;
    this.#move = move;
  }

  /** An action: listens to the hands on an SVG. */
  on = (svg: SVGSVGElement) => {
    this.#svg = svg;
    const ending = new AbortController();
    const { signal } = ending;
    svg.addEventListener('pointerdown', (event) => this.#down(event), { signal });
    svg.addEventListener('pointermove', (event) => this.#moved(event), { signal });
    svg.addEventListener('pointerup', (event) => this.#pointers.delete(event.pointerId), { signal });
    svg.addEventListener('pointercancel', (event) => this.#pointers.delete(event.pointerId), { signal });
    svg.addEventListener('wheel', (event) => this.#wheel(event), { signal, passive: false });
    return { destroy: () => ending.abort() };
  };

  /** Where on the drawing's own window a pointer is. */
  spot(event: { clientX: number; clientY: number }): DOMPoint {
    const matrix = this.#svg?.getScreenCTM()?.inverse();
    return new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.#pointers.set(event.pointerId, this.spot(event));
    this.dragged = this.#pointers.size > 1;
  }

  #moved(event: PointerEvent): void {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    const now = this.spot(event);
    if (!this.dragged) {
      if (distance(now, before) < SLACK) return;
      this.dragged = true;
      this.#svg?.setPointerCapture(event.pointerId);
    }
    this.#pointers.set(event.pointerId, now);
    const [, other] = [...this.#pointers].find(([id]) => id !== event.pointerId) ?? [];
    if (other) {
      const factor = distance(now, other) / Math.max(1, distance(before, other));
      const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
      this.#move(zoomed(this.#camera(), factor, middle, this.#size));
    } else {
      this.#move(moved(this.#camera(), now.x - before.x, now.y - before.y, this.#size));
    }
  }

  #wheel(event: WheelEvent): void {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE;
    this.#move(
      zoomed(this.#camera(), Math.exp(-event.deltaY * (lines ? 0.1 : 0.006)), this.spot(event), this.#size),
    );
  }
}

function distance(one: DOMPoint, other: DOMPoint): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}
