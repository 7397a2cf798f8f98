import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * `node scripts/third-party-notices.ts node_modules > THIRD-PARTY-NOTICES.txt`: the licences of everything in the image, with
 * their texts, as most of them ask for when the software is passed on.
 */

/** One installed package: what it calls itself and the licence texts that it brings. */
export interface Notice {
  readonly name: string;
  readonly version: string;
  /** The SPDX expression of its package.json, or `unknown`. */
  readonly license: string;
  readonly texts: readonly string[];
}

const LICENSE_FILE = /^(licen[cs]e|copying|notice)([.-].*)?$/i;

/** Reads every package below a `node_modules` folder, nested ones too, in the order of their names. Throws what `fs` throws. */
export function readNotices(nodeModules: string): Notice[] {
  return packageFolders(nodeModules)
    .map(readNotice)
    .filter((notice) => notice !== undefined)
    .sort((a, b) => compare(a.name, b.name) || compare(a.version, b.version));
}

/** The notices as one text. */
export function formatNotices(notices: readonly Notice[]): string {
  const list = notices.map(({ name, version, license }) => `${name} ${version}  ${license}`).join('\n');
  const texts = notices
    .filter((notice) => notice.texts.length > 0)
    .map(({ name, version, texts }) => `${'='.repeat(80)}\n${name} ${version}\n\n${texts.join('\n\n')}`);
  return `cmu-proxy contains these packages:\n\n${list}\n\n${texts.join('\n\n')}\n`;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function packageFolders(nodeModules: string): string[] {
  const folders = subfolders(nodeModules).flatMap((name) =>
    name.startsWith('@')
      ? subfolders(join(nodeModules, name)).map((inScope) => join(nodeModules, name, inScope))
      : [join(nodeModules, name)],
  );
  return folders.flatMap((folder) =>
    subfolders(folder).includes('node_modules')
      ? [folder, ...packageFolders(join(folder, 'node_modules'))]
      : [folder],
  );
}

const subfolders = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name);

function readNotice(folder: string): Notice | undefined {
  const files = readdirSync(folder);
  if (!files.includes('package.json')) return undefined;
  const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const name = textOf(manifest, 'name');
  if (name === undefined) return undefined;
  return {
    name,
    version: textOf(manifest, 'version') ?? 'unknown',
    license: textOf(manifest, 'license') ?? 'unknown',
    texts: files
      .filter((file) => LICENSE_FILE.test(file))
      .sort()
      .map((file) => readFileSync(join(folder, file), 'utf8').trim()),
  };
}

function textOf(manifest: unknown, key: string): string | undefined {
  if (typeof manifest !== 'object' || manifest === null) return undefined;
  const value: unknown = Reflect.get(manifest, key);
  return typeof value === 'string' ? value : undefined;
}

if (import.meta.main) {
  const [nodeModules = 'node_modules'] = process.argv.slice(2);
  process.stdout.write(formatNotices(readNotices(nodeModules)));
}
