import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { capture, run } from './shell.ts';

const TextMap = Type.Record(Type.String(), Type.String());

/** The part of an image's description that is judged, by the names that Docker gives it. */
const ImageConfig = Type.Object({
  User: Type.Optional(Type.String()),
  Env: Type.Optional(Type.Array(Type.String())),
  Entrypoint: Type.Optional(Type.Array(Type.String())),
  Cmd: Type.Optional(Type.Array(Type.String())),
  Volumes: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  WorkingDir: Type.Optional(Type.String()),
  Labels: Type.Optional(TextMap),
  StopSignal: Type.Optional(Type.String()),
  Healthcheck: Type.Optional(Type.Object({ Test: Type.Array(Type.String()) })),
});
const Inspection = Type.Object({ Docker: Type.Object({ config: ImageConfig }) });

export type ImageConfig = Static<typeof ImageConfig>;

/**
 * Builds images with buildah in a storage folder of its own: no daemon, nothing of the machine's own images is seen or touched.
 * The chroot isolation needs no cgroups and no namespaces, so that it works inside most sandboxes.
 */
export class Buildah {
  readonly #storage: string[];

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#storage = [
      '--root',
      join(folder, 'root'),
      '--runroot',
      join(folder, 'run'),
      '--storage-driver',
      'vfs',
    ];
  }

  run(args: readonly string[]): Promise<string> {
    return run('buildah', [...this.#storage, ...args]);
  }

  async hasImage(image: string): Promise<boolean> {
    const args = [...this.#storage, 'inspect', '--type', 'image', image];
    return (await capture('buildah', args)).code === 0;
  }

  /** Fills a new image through `fill`, which is given the folder of its root file system and its working container. */
  async make(image: string, fill: (root: string, container: string) => Promise<void>): Promise<void> {
    await this.withContainer('scratch', async (root, container) => {
      await fill(root, container);
      await this.run(['commit', '--quiet', container, image]);
    });
  }

  /** Mounts a throw-away copy of an image's root file system for as long as `use` takes. */
  async withContainer<T>(image: string, use: (root: string, container: string) => Promise<T>): Promise<T> {
    const container = await this.run(['from', '--pull=never', image]);
    try {
      return await use(await this.run(['mount', container]), container);
    } finally {
      await this.run(['rm', container]);
    }
  }

  /**
   * Builds a Dockerfile from nothing; the image keeps its health check, which only Docker's own format knows.
   * @param epoch seconds; the date of all that is in the image
   */
  build(
    image: string,
    context: string,
    epoch: number,
    args: Readonly<Record<string, string>>,
  ): Promise<string> {
    return this.run([
      ...['bud', '--isolation', 'chroot', '--pull=never', '--format', 'docker', '--tag', image],
      ...['--no-cache', '--timestamp', String(epoch)],
      ...Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
      context,
    ]);
  }

  /** The digest that an image has in a registry: in OCI's form, as Docker's has the random name of its container. */
  async digest(image: string): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), 'image-digest-'));
    try {
      const file = join(folder, 'digest');
      const target = `oci:${join(folder, 'image')}:it`;
      await this.run(['push', '--quiet', '--format', 'oci', '--digestfile', file, image, target]);
      return readFileSync(file, 'utf8');
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  async config(image: string): Promise<ImageConfig> {
    const described: unknown = JSON.parse(await this.run(['inspect', '--type', 'image', image]));
    return Value.Parse(Inspection, described).Docker.config;
  }
}

/** The image that a `FROM` line's argument names by default in a Dockerfile. */
export function defaultOf(argument: string, dockerfile: string): string | undefined {
  return new RegExp(`^ARG ${argument}=(.+)$`, 'm').exec(readFileSync(dockerfile, 'utf8'))?.[1];
}
