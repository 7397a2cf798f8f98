import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { parseAllDocuments } from 'yaml';
import { ConfigSchema } from '../../src/config/settings/schema.ts';

export const repository = join(import.meta.dirname, '../..');

/** A Kubernetes object before anything is known of it but what it says it is. */
const Manifest = Type.Object({
  apiVersion: Type.String(),
  kind: Type.String(),
  metadata: Type.Object({ name: Type.String() }),
});
export type Manifest = Static<typeof Manifest>;

/** Why nothing can be rendered on this machine; undefined where it can. In CI that is a failure. */
export const withoutKubectl: string | false = (() => {
  const { status, stdout } = spawnSync('kubectl', ['version', '--client'], { encoding: 'utf8' });
  // Older ones have a Kustomize of another age, and do not name it.
  if (status === 0 && stdout.includes('Kustomize Version: v5')) return false;
  const reason = 'NOT CHECKED: kubectl with Kustomize 5 is not installed here';
  if (process.env['CI'] !== undefined) throw new Error(reason);
  return reason;
})();

/** Every object of a folder below `config/kubernetes`, as `kubectl apply -k` would send it; none without kubectl. */
export function renderManifests(folder: string): Manifest[] {
  if (withoutKubectl !== false) return [];
  const path = join(repository, 'config/kubernetes', folder);
  const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', path], { encoding: 'utf8' });
  // A warning, such as one of a field that will go, is a mistake too.
  if (status !== 0 || stderr !== '') throw new Error(`${folder}: ${stderr}`);
  return parseAllDocuments(stdout).map((document) => Value.Parse(Manifest, document.toJS()));
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

/** The bound of `listen.workers`. */
export const MOST_WORKERS = Number(at(ConfigSchema, 'properties.listen.properties.workers.maximum'));
