// Two decoders that are not ours: zbar (Debian zbar-tools) and zxing-cpp (PyPI, in the venv of
// QUIETZONE_VENV).
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

const ZXING = `
import sys, zxingcpp
from PIL import Image
found = zxingcpp.read_barcodes(Image.open(sys.argv[1]).convert("L"))
print("\\n".join(code.text for code in found))
`;

/** The texts that each decoder reads in a PNG file. */
export async function decode(png) {
  const venv = process.env.QUIETZONE_VENV;
  if (!venv) throw new Error('QUIETZONE_VENV must name a Python venv with zxing-cpp and pillow');
  const [zbar, zxing] = await Promise.all([
    run('zbarimg', ['--quiet', '--raw', '-Sdisable', '-Sqrcode.enable', png]),
    run(join(venv, 'bin', 'python'), ['-c', ZXING, png]),
  ]);
  return { zbar: zbar.stdout.trim(), zxing: zxing.stdout.trim() };
}

/** Draws an SVG file with the browser at its own size, as somebody who places it in a document sees it. */
export async function rasterise(context, svg, png) {
  const page = await context.newPage();
  await page.goto(pathToFileURL(svg).href);
  const box = await page.locator('svg').first().boundingBox();
  if (!box) throw new Error(`${svg} draws nothing`);
  await page.setViewportSize({ width: Math.ceil(box.width), height: Math.ceil(box.height) });
  await page.screenshot({ path: png });
  await page.close();
}
