import type { Manifest } from './manifests.ts';

/**
 * Judges an object by the schema that Kubernetes publishes for its kind (compiled by kubernetes-models from the OpenAPI document), as
 * `kubeconform -strict` does: an unknown kind, a missing or wrong field, and a field that the schema does not know are
 * mistakes. Returns one line for each.
 */
export async function schemaMistakes(manifest: Manifest): Promise<string[]> {
  const { apiVersion, kind } = manifest;
  const validate = await validatorOf(apiVersion, kind);
  if (validate === undefined) return [`no schema for ${apiVersion} ${kind}`];
  const { value, unread } = recorded(manifest);
  try {
    validate.call(value);
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).split(', ');
  }
  return unread().map((path) => `${path} is not in the schema`);
}

/** The `validate` method of a kind's class: it throws about what its `this` holds. */
async function validatorOf(apiVersion: string, kind: string): Promise<((this: object) => void) | undefined> {
  const library = apiVersion.startsWith('monitoring.coreos.com/')
    ? '@kubernetes-models/prometheus-operator'
    : 'kubernetes-models';
  const loaded: unknown = await import(`${library}/${apiVersion}/${kind}`).catch(() => undefined);
  const validate: unknown = Object(loaded)[kind]?.prototype?.validate;
  return typeof validate === 'function' ? (validate as (this: object) => void) : undefined;
}

/**
 * The published schemas allow unknown fields, so that a misspelt one would pass. But a compiled validator only looks at what its schema
 * knows: a key that it never asked for is not in the schema.
 */
function recorded(root: object): { value: object; unread(): string[] } {
  const read = new Set<string>();
  const watch = (node: object, path: string): object =>
    new Proxy(node, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key);
        if (typeof key !== 'string') return value;
        const here = `${path}/${key}`;
        read.add(here);
        return isObject(value) ? watch(value, here) : value;
      },
    });
  return { value: watch(root, ''), unread: () => keysOf(root, '').filter((path) => !read.has(path)) };
}

const keysOf = (node: object, path: string): string[] =>
  Object.entries(node).flatMap(([key, value]: [string, unknown]) => {
    const here = `${path}/${key}`;
    return isObject(value) ? [here, ...keysOf(value, here)] : [here];
  });

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
