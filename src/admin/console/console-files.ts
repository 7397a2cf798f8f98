import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import { gzipSync } from 'node:zlib';

/** A file of the console, ready to be sent. */
export interface ConsoleFile {
  readonly type: string;
  readonly body: Buffer;
  readonly gzip: Buffer;
  /** Strong validator (RFC 9110 §8.8.3). */
  readonly etag: string;
}

/** Turns TypeScript into JavaScript by leaving the types out. */
export type StripTypes = (code: string) => string;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * Where the browser finds the libraries, and the modules of packages that they are; `index.html` maps their names to
 * these.
 */
export const LIBRARIES: Readonly<Record<string, string>> = {
  'lib/preact.js': 'preact',
  'lib/preact-hooks.js': 'preact/hooks',
  'lib/uplot.js': 'uplot/dist/uPlot.esm.js',
  'lib/uplot.css': 'uplot/dist/uPlot.min.css',
};

/**
 * The files of the console: plain modules and two libraries, served as they are, so that nothing has to be built before
 * the page can be seen. From a checkout the TypeScript sources are served with their types left out, and the libraries
 * as they are installed; the build does both beforehand. Only what is listed at the start is ever read, whatever is
 * asked for.
 */
export class ConsoleFiles {
  readonly #sources = new Map<string, URL>();
  readonly #read = new Map<string, { readonly at: number; readonly file: ConsoleFile }>();
  readonly #stripTypes: StripTypes | undefined;

  /**
   * @param folder with a slash at the end
   * @param stripTypes for a folder of TypeScript sources, which the libraries are not in
   */
  constructor(folder: URL, stripTypes: StripTypes | undefined) {
    this.#stripTypes = stripTypes;
    for (const name of readdirSync(folder, { encoding: 'utf8', recursive: true })) {
      const served = stripTypes === undefined ? name : name.replace(/\.ts$/, '.js');
      if (extname(served) in TYPES) this.#sources.set(served, new URL(name, folder));
    }
    if (stripTypes === undefined) return;
    for (const [name, specifier] of Object.entries(LIBRARIES)) {
      this.#sources.set(name, new URL(import.meta.resolve(specifier)));
    }
  }

  /** Names of all files. */
  names(): Iterable<string> {
    return this.#sources.keys();
  }

  /** The file of this name as it is on disk now; `undefined` if there is none. */
  file(name: string): ConsoleFile | undefined {
    const source = this.#sources.get(name);
    if (source === undefined) return undefined;
    const at = statSync(source).mtimeMs;
    const known = this.#read.get(name);
    if (known?.at === at) return known.file;
    const file = consoleFile(name, this.#content(source));
    this.#read.set(name, { at, file });
    return file;
  }

  #content(source: URL): Buffer {
    const content = readFileSync(source);
    if (this.#stripTypes === undefined || !source.pathname.endsWith('.ts')) return content;
    return Buffer.from(importingJavaScript(this.#stripTypes(content.toString('utf8'))));
  }
}

/** `import … from './x.ts'` as the build writes it. */
const importingJavaScript = (code: string): string =>
  code.replaceAll(/(\bfrom\s*'\.{1,2}\/[\w./-]+)\.ts'/g, "$1.js'");

const consoleFile = (name: string, body: Buffer): ConsoleFile => ({
  type: TYPES[extname(name)] ?? 'application/octet-stream',
  body,
  gzip: gzipSync(body, { level: 9 }),
  etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
});
