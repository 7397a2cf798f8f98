import { ReportError } from '../reports/report-error.ts';
import { renderCsv } from './csv.ts';
import { renderHtml } from './html.ts';
import { renderJson } from './json.ts';
import type { Renderer } from './report.ts';
import { renderXml } from './xml.ts';

/** A form that reports are given in. */
export interface Representation {
  readonly format: 'json' | 'xml' | 'csv' | 'html';
  readonly contentType: string;
  readonly render: Renderer;
}

const REPRESENTATIONS: readonly (Representation & { readonly mediaTypes: readonly string[] })[] = [
  {
    format: 'json',
    contentType: 'application/json;charset=utf-8',
    mediaTypes: ['application/json', 'application/hal+json'],
    render: renderJson,
  },
  {
    format: 'xml',
    contentType: 'application/xml;charset=utf-8',
    mediaTypes: ['application/xml', 'text/xml', 'application/hal+xml'],
    render: renderXml,
  },
  { format: 'csv', contentType: 'text/csv;charset=utf-8', mediaTypes: ['text/csv'], render: renderCsv },
  { format: 'html', contentType: 'text/html;charset=utf-8', mediaTypes: ['text/html'], render: renderHtml },
];

export const FORMATS: readonly string[] = REPRESENTATIONS.map(({ format }) => format);

function byFormat(name: string): Representation {
  const found = REPRESENTATIONS.find(({ format }) => format === name.toLowerCase());
  if (found === undefined) {
    throw new ReportError(406, `Unsupported format "${name}". Expected one of ${FORMATS.join(', ')}.`);
  }
  return found;
}

interface MediaRange {
  readonly type: string;
  readonly quality: number;
}

/** RFC 9110 §12.5.1; parameters other than `q` are ignored. */
function parseAccept(accept: string): MediaRange[] {
  return accept.split(',').flatMap((part) => {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    if (type === '') return [];
    const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    const quality = q === undefined ? 1 : Number(q);
    return [{ type, quality: quality >= 0 && quality <= 1 ? quality : 1 }];
  });
}

/** The quality of a media type: the most specific range that names it decides. */
function qualityOf(mediaType: string, ranges: readonly MediaRange[]): number {
  const [family = ''] = mediaType.split('/');
  for (const name of [mediaType, `${family}/*`, '*/*']) {
    const range = ranges.find(({ type }) => type === name);
    if (range !== undefined) return range.quality;
  }
  return 0;
}

function byAccept(accept: string): Representation {
  const ranges = parseAccept(accept);
  if (ranges.length === 0) return byFormat('json');
  const rated = REPRESENTATIONS.map((representation) => ({
    representation,
    quality: Math.max(...representation.mediaTypes.map((mediaType) => qualityOf(mediaType, ranges))),
  }));
  const best = rated.reduce((a, b) => (b.quality > a.quality ? b : a));
  if (best.quality === 0) {
    throw new ReportError(406, `None of "${accept}" can be produced. Expected one of ${FORMATS.join(', ')}.`);
  }
  return best.representation;
}

/**
 * Chooses the representation: the path's extension, then `format`, then `Accept`, else JSON (docs/adobe.md §6).
 * @throws {ReportError} 406 when the first of them that is given names none that exists.
 */
export function negotiate(asked: {
  readonly extension: string | undefined;
  readonly format: string | undefined;
  readonly accept: string | undefined;
}): Representation {
  const name = asked.extension ?? asked.format;
  if (name !== undefined) return byFormat(name);
  return byAccept(asked.accept ?? '');
}
