import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { formatNotices, readNotices } from '../third-party-notices.ts';

const Manifest = Type.Object({
  name: Type.String(),
  version: Type.String(),
  description: Type.String(),
  license: Type.String(),
  type: Type.Literal('module'),
  keywords: Type.Array(Type.String()),
  repository: Type.String({ pattern: '^github:[\\w-]+/[\\w.-]+$' }),
  engines: Type.Record(Type.String(), Type.String()),
  bin: Type.Record(Type.String(), Type.String()),
  exports: Type.Record(Type.String(), Type.Unknown()),
  files: Type.Array(Type.String()),
});
export type Manifest = Static<typeof Manifest>;

const Lock = Type.Object({
  packages: Type.Record(Type.String(), Type.Object({ dev: Type.Optional(Type.Boolean()) })),
});

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

/** What a checkout's `package.json` says, without what only concerns developers. */
export const readManifest = (root: string): Manifest =>
  Value.Parse(Manifest, Value.Clean(Manifest, readJson(join(root, 'package.json'))));

/**
 * The manifest as it is published: what the bundle was made of is in it already, so that it depends on nothing; and all
 * addresses follow from `repository`.
 */
export function publishedManifest(manifest: Manifest): object {
  const address = `https://github.com/${manifest.repository.slice('github:'.length)}`;
  return {
    ...manifest,
    repository: { type: 'git', url: `git+${address}.git` },
    homepage: `${address}#readme`,
    bugs: `${address}/issues`,
  };
}

/** Fills `folder` with what the package on npm holds, from a checkout whose `dist/` is built. */
export function stagePackage(root: string, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  const files = [
    ...['LICENSE', 'README.md', 'CHANGELOG.md', 'bin/cmu-proxy.js'],
    ...globSync(['dist/*.js', 'dist/console/**/*.*', 'dist/sandbox/**/*.d.ts', 'config/**/*.*'], {
      cwd: root,
    }),
  ];
  for (const file of files) cpSync(join(root, file), join(folder, file));
  mkdirSync(folder, { recursive: true });
  const manifest = publishedManifest(readManifest(root));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  writeFileSync(join(folder, 'THIRD-PARTY-NOTICES.txt'), formatNotices(productionNotices(root)));
}

/** Of the packages that a checkout has installed, those that the program is made of. */
function productionNotices(root: string): ReturnType<typeof readNotices> {
  const { packages } = Value.Parse(Lock, readJson(join(root, 'package-lock.json')));
  const production = new Set(
    Object.entries(packages)
      .filter(([path, { dev }]) => path !== '' && dev !== true)
      .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)),
  );
  return readNotices(join(root, 'node_modules')).filter(({ name }) => production.has(name));
}
