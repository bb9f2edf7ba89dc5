import { beforeEach, describe, expect, it, vi } from 'vitest';
import * as api from '../api/designs';
import { Problem } from '../api/problem';
import { Designer } from './designer.svelte';
import { solid } from './look';

vi.mock('../api/designs');

const preview: api.Preview = {
  svg: '<svg/>',
  warnings: [],
  narrowestRead: 99,
  modules: 25,
  printFromMm: 13.2,
  hidden: 0,
  mends: 0.15,
};

describe('a designer', () => {
  let designer: Designer;

  beforeEach(async () => {
    vi.mocked(api.getDesign).mockResolvedValue({ id: 'design' });
    vi.mocked(api.previewDesign).mockResolvedValue(preview);
    vi.mocked(api.listTemplates).mockResolvedValue([]);
    vi.mocked(api.updateDesign).mockImplementation((id, change) => Promise.resolve({ id, ...change }));
    designer = new Designer('link', 'design');
    await designer.read();
  });

  it('goes back and forth, a drag at a time', () => {
    designer.set({ dotPaint: solid('#111111') }, 'dots', 1000);
    designer.set({ dotPaint: solid('#222222') }, 'dots', 1100);
    designer.set({ level: 'H' }, 'level', 1200);
    expect(designer.changed && designer.canUndo).toBe(true);
    designer.undo();
    expect([designer.look.level, designer.look.dotPaint.colors[0]]).toEqual(['M', '#222222']);
    designer.undo();
    expect(designer.look.dotPaint.colors[0]).toBe('#000000');
    expect(designer.changed || designer.canUndo).toBe(false);
    designer.redo();
    designer.redo();
    expect(designer.look.level).toBe('H');
    designer.reset();
    designer.undo();
    expect(designer.look.level).toBe('H');
    designer.set({ dots: 'DOTS' }, 'dots shape');
    expect(designer.canRedo).toBe(false);
  });

  it('saves what is seen, and what is refused stays to be mended', async () => {
    designer.set({ dots: 'DOTS' }, 'dots shape');
    expect(await designer.save()).toBe(true);
    expect(designer.changed).toBe(false);
    designer.undo();
    expect(designer.changed).toBe(true);
    vi.mocked(api.updateDesign).mockRejectedValue(new Problem(400, 'no reader finds this code'));
    expect(await designer.save()).toBe(false);
    expect(designer.problem && designer.changed && designer.busy === false).toBe(true);
  });

  it('tries a template on, and applies one that brings a picture', async () => {
    const template = { id: 't', name: 'T', description: '', builtIn: true, owned: false, usageCount: 0 };
    const look: api.Design = { id: 'd', dotsOptions: { type: 'DOTS_TYPE_CLASSY' } };
    await designer.wear({ ...template, thumbnailSignedUrl: '/t', qrcodeDesign: look });
    expect(designer.look.dots).toBe('CLASSY');
    expect(designer.changed).toBe(true);
    const pictured = { ...look, centralImageSignedUrl: '/picture' };
    vi.mocked(api.applyTemplate).mockResolvedValue(pictured);
    await designer.wear({ ...template, thumbnailSignedUrl: '/t', qrcodeDesign: pictured });
    expect(api.applyTemplate).toHaveBeenCalledWith('link', 't');
    expect(designer.changed).toBe(false);
  });
});
