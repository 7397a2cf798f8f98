import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Buildah } from './buildah.ts';
import { run } from './shell.ts';

/**
 * Stand-ins for the two public images that the Dockerfile names, made from Debian's packages and the Node.js of this
 * repository's lock file, so that the image can be verified where no image registry can be reached.
 */
export interface BaseImages {
  /** Like `node:24-slim`: a small Debian with node and npm. */
  readonly build: string;
  /** Like `gcr.io/distroless/nodejs24`: node, the libraries that it is linked to, and no shell. */
  readonly run: string;
}

const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** Makes both once; later calls find them in buildah's storage, as long as this Node.js stays the same. */
export async function makeBaseImages(buildah: Buildah): Promise<BaseImages> {
  const tag = process.version;
  const images = { build: `localhost/base-build:${tag}`, run: `localhost/base-run:${tag}` };
  if (!(await buildah.hasImage(images.build))) await buildah.make(images.build, fillBuildBase(buildah));
  if (!(await buildah.hasImage(images.run))) await buildah.make(images.run, fillRunBase(buildah));
  return images;
}

const fillBuildBase = (buildah: Buildah) => async (root: string, container: string) => {
  await run('debootstrap', ['--variant=minbase', 'bookworm', root]);
  copyFileSync(process.execPath, join(root, 'usr/local/bin/node'));
  await copyNpm(root);
  // Where this machine reaches its registry through an authority of its own, the build has to trust it too.
  if (existsSync(CERTIFICATES)) {
    mkdirSync(join(root, dirname(CERTIFICATES)), { recursive: true });
    copyFileSync(CERTIFICATES, join(root, CERTIFICATES));
    await buildah.run(['config', '--env', `NODE_EXTRA_CA_CERTS=${CERTIFICATES}`, container]);
  }
  await buildah.run(['config', '--env', 'PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', container]);
};

async function copyNpm(root: string): Promise<void> {
  // npm runs this script, and says where it is itself.
  const cli = process.env['npm_execpath'] ?? realpathSync(await run('sh', ['-c', 'command -v npm']));
  const target = 'usr/local/lib/node_modules/npm';
  cpSync(dirname(dirname(cli)), join(root, target), { recursive: true, dereference: true });
  symlinkSync(`/${target}/bin/npm-cli.js`, join(root, 'usr/local/bin/npm'));
}

const fillRunBase = (buildah: Buildah) => async (root: string, container: string) => {
  const node = join(root, 'nodejs/bin/node');
  mkdirSync(dirname(node), { recursive: true });
  copyFileSync(process.execPath, node);
  for (const library of await linkedLibraries(process.execPath)) {
    mkdirSync(join(root, dirname(library)), { recursive: true });
    copyFileSync(library, join(root, library));
  }
  const files = {
    'etc/passwd':
      'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n',
    'etc/group': 'root:x:0:\nnonroot:x:65532:\n',
    'etc/nsswitch.conf': 'hosts: files dns\n',
    'etc/hosts': '127.0.0.1 localhost\n::1 localhost\n',
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  for (const folder of ['dev', 'proc', 'run', 'tmp', 'var/lib']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  chmodSync(join(root, 'tmp'), 0o1777);
  await buildah.run(['config', '--entrypoint', '["/nodejs/bin/node"]', container]);
};

/** The files that the loader maps for a program, its own path included, as `ldd` lists them. */
async function linkedLibraries(program: string): Promise<string[]> {
  const lines = (await run('ldd', [program])).split('\n');
  return lines.map((line) => /(\/\S+) \(0x/.exec(line)?.[1]).filter((path) => path !== undefined);
}
