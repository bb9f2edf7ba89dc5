// A panel as a picture: drawn anew for paper and slides, whatever the screen shows. Loaded when one is asked for.

/** Colours of the light scheme: a picture is black on white wherever it is pasted. */
export const INK = {
  paper: '#ffffff',
  ink: '#171b1a',
  quiet: '#5a6361',
  line: '#e4e6e1',
  control: '#86908d',
  accent: '#0b6653',
  wash: '#dcebe5',
} as const;

/** What stands around the drawing. */
export interface Head {
  title: string;
  /** Lines below the title: days, zone, filters. */
  lines: readonly string[];
  /** Lines at the foot: where the numbers come from, licences of what is shown. */
  foot: readonly string[];
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** What is drawn between head and foot. */
export interface Drawing {
  height: number;
  draw(pen: CanvasRenderingContext2D, box: Box): void;
}

const WIDTH = 1200;
const MARGIN = 48;
/** Pixels of the picture for one of the drawing: sharp on paper. */
const SCALE = 2;
const FAMILY = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

export function font(size: number, weight = 400): string {
  return `${weight} ${size}px ${FAMILY}`;
}

/** Text that ends with an ellipsis where it is wider than there is room. */
export function clipped(pen: CanvasRenderingContext2D, text: string, room: number): string {
  if (pen.measureText(text).width <= room) return text;
  let end = text.length;
  while (end > 0 && pen.measureText(`${text.slice(0, end)}…`).width > room) end -= 1;
  return `${text.slice(0, end).trimEnd()}…`;
}

/** Text in lines that are no wider than there is room. */
function wrapped(pen: CanvasRenderingContext2D, text: string, room: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length > 0 ? `${lines.at(-1)} ${word}` : word;
    if (lines.length > 0 && pen.measureText(longer).width <= room) lines[lines.length - 1] = longer;
    else lines.push(clipped(pen, word, room));
  }
  return lines;
}

/** The picture as a PNG. */
export function pictureOf({ title, lines, foot }: Head, drawing: Drawing): Promise<Blob> {
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d');
  if (!pen) return Promise.reject(new Error('This browser draws no pictures.'));
  const room = WIDTH - 2 * MARGIN;
  pen.font = font(18);
  const below = lines.flatMap((line) => wrapped(pen, line, room));
  pen.font = font(15);
  const end = foot.flatMap((line) => wrapped(pen, line, room));
  const top = MARGIN + 44 + below.length * 26 + 16;
  const height = Math.ceil(top + drawing.height + 28 + end.length * 22 + MARGIN - 12);

  canvas.width = WIDTH * SCALE;
  canvas.height = height * SCALE;
  pen.scale(SCALE, SCALE);
  pen.fillStyle = INK.paper;
  pen.fillRect(0, 0, WIDTH, height);
  pen.textBaseline = 'alphabetic';
  pen.fillStyle = INK.ink;
  pen.font = font(30, 600);
  pen.fillText(clipped(pen, title, room), MARGIN, MARGIN + 26);
  pen.fillStyle = INK.quiet;
  pen.font = font(18);
  below.forEach((line, index) => pen.fillText(line, MARGIN, MARGIN + 60 + index * 26));
  pen.save();
  drawing.draw(pen, { x: MARGIN, y: top, width: room, height: drawing.height });
  pen.restore();
  pen.textAlign = 'left';
  pen.fillStyle = INK.quiet;
  pen.font = font(15);
  end.forEach((line, index) => pen.fillText(line, MARGIN, top + drawing.height + 44 + index * 22));
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The picture is empty.'))), 'image/png'),
  );
}
