import { describe, expect, it } from 'vitest';
import type { Design } from '../api/designs';
import { asHex, asKind, changeTo, css, deepened, PLAIN, readLook, readPaint, sameLook, solid, writePaint } from './look';

const design = (change: Partial<Design>): Design => ({ id: '7', ...change });

describe('a paint', () => {
  it('is read and written as the wire has it', () => {
    const wire = {
      type: 'THEME_COLOR_TYPE_LINEAR',
      colors: ['#0b6653', '#123a8c'],
      direction: '45deg',
      stops: ['0%', '80%'],
    };
    expect(writePaint(readPaint(wire, '#000000'))).toEqual(wire);
    expect(readPaint({ ...wire, direction: 'to right' }, '#000000').degrees).toBe(90);
    expect(readPaint({ ...wire, direction: '-90deg' }, '#000000').degrees).toBe(270);
    expect(readPaint(undefined, '#ffffff')).toEqual({ ...solid('#ffffff') });
  });

  it('gets a second colour with a gradient and keeps the first without', () => {
    const gradient = asKind(solid('#80ff40'), 'RADIAL');
    expect(gradient.colors).toEqual(['#80ff40', '#408020']);
    expect(asKind(gradient, 'SOLID').colors).toEqual(['#80ff40']);
    expect(asKind(gradient, 'LINEAR').colors).toHaveLength(2);
    expect(deepened('#000')).not.toBe('#000000');
  });

  it('forgets places that its colours no longer have', () => {
    expect(writePaint({ kind: 'LINEAR', colors: ['#000', '#111', '#222'], degrees: 0, stops: ['0%', '9%'] }).stops).toBe(
      undefined,
    );
  });

  it('is shown', () => {
    expect(css({ kind: 'LINEAR', colors: ['#000', '#111'], degrees: 30 })).toBe('linear-gradient(30deg, #000, #111)');
    expect(css({ kind: 'RADIAL', colors: ['#000', '#111'], degrees: 0, stops: ['0%', '50%'] })).toBe(
      'radial-gradient(circle, #000 0%, #111 50%)',
    );
    expect(asHex('#Fa0')).toBe('#ffaa00');
    expect(asHex('rgb(1, 2, 3)')).toBe('#000000');
  });
});

describe('a look', () => {
  it('comes back as it was sent', () => {
    const look = { ...PLAIN, dots: 'CLASSY', rings: 'DOT', eyes: 'DOT', level: 'H', size: 0.6, margin: 4 } as const;
    expect(sameLook(readLook(design(changeTo(look, PLAIN))), look)).toBe(true);
    expect(sameLook(readLook(design({})), PLAIN)).toBe(true);
  });

  it('sends its picture only where that is another', () => {
    const shown = (media?: string) => ({ ...PLAIN, picture: { url: `/x/${Math.random()}`, ...(media ? { media } : {}) } });
    expect(changeTo(shown('a'), shown('a'))).not.toHaveProperty('centralImageMediaId');
    expect(changeTo(shown('b'), shown('a')).centralImageMediaId).toBe('b');
    expect(changeTo(PLAIN, shown('a')).centralImageDelete).toBe(true);
    expect(changeTo(PLAIN, PLAIN)).not.toHaveProperty('centralImageDelete');
    // A picture that is no file of the library stays while it is the one.
    const own = shown();
    expect(changeTo({ ...own, size: 0.2 }, own)).not.toHaveProperty('centralImageDelete');
  });
});
