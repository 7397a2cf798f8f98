import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Type from 'typebox';
import Value from 'typebox/value';
import type { ImageConfig } from './buildah.ts';

/** One statement about the image, and whether it holds. */
export interface Check {
  readonly title: string;
  readonly ok: boolean;
  /** What was seen; the evidence, or what is wrong. */
  readonly detail: string;
}

const STATE = '/var/lib/cmu-proxy';
const USER = 65_532;

/** Judges what the image says about itself. */
export function checkConfig(config: ImageConfig): Check[] {
  const { User = '', Entrypoint = [], Cmd = [], Env = [], Volumes = {}, Labels = {} } = config;
  const env = new Map(
    Env.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
  const probe = config.Healthcheck?.Test ?? [];
  const labels = ['title', 'description', 'licenses', 'version', 'revision', 'source', 'created'];
  const missing = labels.filter((name) => !Labels[`org.opencontainers.image.${name}`]);
  return [
    { title: 'runs as a numeric user that is not root', ok: User === `${USER}:${USER}`, detail: User },
    {
      title: 'starts node itself, without a shell',
      ok: Entrypoint[0] === 'node' && Entrypoint.at(-1) === '/app/dist/main.js' && Cmd.join() === 'serve',
      detail: [...Entrypoint, ...Cmd].join(' '),
    },
    {
      title: 'checks its health with node, not with curl or a shell',
      ok: probe[0] === 'CMD' && probe[1] === 'node',
      detail: probe.join(' '),
    },
    {
      title: 'is a production environment that keeps its state on the volume',
      ok: env.get('NODE_ENV') === 'production' && env.get('CMU_PROXY_STATE_DIR') === STATE,
      detail: [...env.keys()].join(' '),
    },
    {
      title: 'has one volume',
      ok: Object.keys(Volumes).join() === STATE,
      detail: Object.keys(Volumes).join(' '),
    },
    { title: 'has the OCI labels', ok: missing.length === 0, detail: missing.join(' ') || labels.join(' ') },
  ];
}

/** A file of the image: its path inside, and what `lstat` says. */
interface ImageFile {
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly bytes: number;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
}

/** Judges what is in the image's root file system, which `root` is the folder of. */
export function checkFiles(root: string): Check[] {
  const files = [...walk(root)];
  const inside = (folder: string) => (file: ImageFile) =>
    file.path === folder || file.path.startsWith(`${folder}/`);
  const list = (found: readonly ImageFile[]) =>
    found
      .map(({ path }) => path)
      .slice(0, 5)
      .join(' ');
  const none = (title: string, found: readonly ImageFile[]): Check => ({
    title,
    ok: found.length === 0,
    detail: found.length === 0 ? 'none found' : `${found.length}: ${list(found)}`,
  });

  const isState = inside(STATE);
  const application = files.filter(inside('/app'));
  const writable = files.filter(
    (file) =>
      (!isState(file) && file.kind !== 'link' && (file.mode & 0o1002) === 0o002) ||
      (file.uid === USER && !isState(file)),
  );
  return [
    none(
      'has no shell',
      files.filter(({ path }) => /\/(ba|da|a|z)?sh$|\/busybox$/.test(path)),
    ),
    none(
      'has no file that lends its owner’s rights',
      files.filter(({ kind, mode }) => kind === 'file' && (mode & 0o6000) !== 0),
    ),
    none('has nothing that its user may change but the volume', writable),
    none(
      'has no sources, declarations or maps',
      application.filter(({ path }) => /\.([cm]?ts|map)$/.test(path)),
    ),
    none(
      'has no tests of its own',
      application.filter(({ path }) => /^\/app\/(dist\/)?test\//.test(path)),
    ),
    ...checkPackages(root),
  ];
}

/** The bytes in the image, and how many of them are the application and not its base. */
export function sizes(root: string): { readonly total: number; readonly application: number } {
  let total = 0;
  let application = 0;
  for (const { path, bytes } of walk(root)) {
    total += bytes;
    if (path.startsWith('/app/')) application += bytes;
  }
  return { total, application };
}

const Lock = Type.Object({
  packages: Type.Record(Type.String(), Type.Object({ dev: Type.Optional(Type.Boolean()) })),
});
const BillOfMaterials = Type.Object({
  bomFormat: Type.Literal('CycloneDX'),
  components: Type.Array(Type.Object({ 'bom-ref': Type.String() })),
});

/** The program is a bundle of the lock file's production packages: they are in the bill of materials, and not in the image. */
function checkPackages(root: string): Check[] {
  const json = (path: string): unknown => JSON.parse(readFileSync(join(root, 'app', path), 'utf8'));
  const { packages } = Value.Parse(Lock, json('package-lock.json'));
  const locked = Object.keys(packages).filter((path) => path !== '' && packages[path]?.dev !== true);
  const names = locked.map((path) => path.slice(path.lastIndexOf('node_modules/') + 13));
  const { components } = Value.Parse(BillOfMaterials, json('sbom.cdx.json'));
  const listed = new Set(components.map((component) => component['bom-ref'].replace(/(?!^)@.*$/, '')));
  const notices = readFileSync(join(root, 'app/THIRD-PARTY-NOTICES.txt'), 'utf8');
  return [
    {
      title: 'has no packages beside the bundle',
      ok: !readdirSync(join(root, 'app')).includes('node_modules'),
      detail: `${locked.length} locked`,
    },
    {
      title: 'has a CycloneDX bill of materials of all of them',
      ok: names.every((name) => listed.has(name)),
      detail: `${components.length} components`,
    },
    {
      title: 'has their licences',
      ok: names.every((name) => notices.includes(name)),
      detail: `${notices.length} characters`,
    },
  ];
}

function* walk(root: string, folder = ''): Generator<ImageFile> {
  for (const name of readdirSync(join(root, folder))) {
    const path = `${folder}/${name}`;
    const { mode, uid, size, ...stat } = describe(join(root, path));
    yield { path, mode, uid, bytes: stat.kind === 'file' ? size : 0, kind: stat.kind };
    if (stat.kind === 'folder') yield* walk(root, path);
  }
}

function describe(path: string) {
  const stat = lstatSync(path);
  const kind: ImageFile['kind'] = stat.isFile()
    ? 'file'
    : stat.isDirectory()
      ? 'folder'
      : stat.isSymbolicLink()
        ? 'link'
        : 'other';
  return { mode: stat.mode, uid: stat.uid, size: stat.size, kind };
}
