import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { parseAllDocuments } from 'yaml';

export const repository = join(import.meta.dirname, '../..');

/** A Kubernetes object before anything is known of it but what it says it is. */
const Manifest = Type.Object({
  apiVersion: Type.String(),
  kind: Type.String(),
  metadata: Type.Object({ name: Type.String() }),
});
export type Manifest = Static<typeof Manifest>;

/** Every object of every file in a folder below `config/kubernetes`. Throws on YAML that is not clean. */
export function readManifests(folder: string): { readonly file: string; readonly manifest: Manifest }[] {
  const path = join(repository, 'config/kubernetes', folder);
  return readdirSync(path)
    .filter((name) => name.endsWith('.yaml'))
    .flatMap((name) =>
      readYaml(join(path, name)).map((document) => ({
        file: `${folder}/${name}`,
        manifest: Value.Parse(Manifest, document),
      })),
    );
}

/** The documents of a YAML file. Throws on errors and warnings alike. */
export function readYaml(path: string): unknown[] {
  return parseAllDocuments(readFileSync(path, 'utf8')).map((document) => {
    const problems = [...document.errors, ...document.warnings];
    if (problems.length > 0) throw new AggregateError(problems, `${path}: ${problems.join('\n')}`);
    return document.toJS();
  });
}

/** What lies at a path such as `spec.ports.0.name` below a value; undefined when nothing does. */
export function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((node, key) => Object(node)[key], value);
}

/** The list at a path; empty when there is none. */
export function listAt(value: unknown, path: string): unknown[] {
  const found = at(value, path);
  return Array.isArray(found) ? found : [];
}

/** The version of this program, which the image is tagged with. */
export function readVersion(): string {
  return String(at(JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')), 'version'));
}
