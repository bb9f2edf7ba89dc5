import { call } from './client';

// Looks of codes, as the API speaks of them.

/** A paint: `THEME_COLOR_TYPE_*`, its colours, and of a gradient direction and stops. */
export interface ThemeColor {
  type?: string;
  colors: string[];
  direction?: string | null;
  stops?: string[];
}

interface Part {
  type?: string;
  themeColor?: ThemeColor;
}

/** What of a look can be set. */
export interface DesignChange {
  errorCorrectionLevel?: string;
  dotsOptions?: Part;
  cornersSquareOptions?: Part;
  cornersDotOptions?: Part;
  backgroundOptions?: { themeColor?: ThemeColor };
  hideBackgroundDots?: boolean;
  centralImageSize?: number;
  centralImageMargin?: number;
  centralImageMediaId?: string;
  centralImageDelete?: boolean;
}

/** A look, every field with its value. */
export interface Design extends DesignChange {
  id: string;
  width?: number;
  centralImageSignedUrl?: string;
  xWarnings?: string[];
}

/** A change as it would look, and whether it would be taken. */
export interface Preview {
  svg: string;
  refused?: { field: string; message: string };
  warnings: string[];
  narrowestRead?: number;
  modules: number;
  printFromMm: number;
  hidden: number;
  mends: number;
}

export interface Template {
  id: string;
  name: string;
  description: string;
  builtIn: boolean;
  owned: boolean;
  usageCount: number;
  thumbnailSignedUrl: string;
  qrcodeDesign?: Design;
}

export async function getDesign(id: string): Promise<Design> {
  const path = { id };
  return (await call<{ qrcodeDesign: Design }>('get', '/v1/qrcode-designs/{id}', { path })).qrcodeDesign;
}

export async function updateDesign(id: string, change: DesignChange): Promise<Design> {
  const sent = { path: { id }, body: change };
  return (await call<{ qrcodeDesign: Design }>('patch', '/v1/qrcode-designs/{id}', sent)).qrcodeDesign;
}

export function previewDesign(id: string, change: DesignChange): Promise<Preview> {
  return call('post', '/v1/x/qrcode-designs/{id}/preview', { path: { id }, body: change });
}

/** Those that come with the program, then the workspace's own. */
export async function listTemplates(): Promise<Template[]> {
  const query = { scope: 'QRCODE_TEMPLATE_SCOPE_AVAILABLE', include: 'qrcodeDesign', pageSize: 1000 };
  return (await call<{ qrcodeTemplates: Template[] }>('get', '/v1/qrcode-templates', { query })).qrcodeTemplates;
}

/** Gives a link's code the look of a template, the picture too. */
export async function applyTemplate(linkId: string, qrcodeTemplateId: string): Promise<Design> {
  const body = { linkId, qrcodeTemplateId };
  return (await call<{ qrcodeDesign: Design }>('post', '/v1/qrcode-designs/apply-template', { body })).qrcodeDesign;
}

/** Keeps a link's look as a template. */
export async function saveTemplate(linkId: string, name: string): Promise<Template> {
  const body = { name, xLinkId: linkId };
  return (await call<{ qrcodeTemplate: Template }>('post', '/v1/qrcode-templates', { body })).qrcodeTemplate;
}

export function deleteTemplate(id: string): Promise<unknown> {
  return call('delete', '/v1/qrcode-templates/{id}', { path: { id } });
}
