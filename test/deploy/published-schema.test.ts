import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { schemaMistakes } from './published-schema.ts';

const pod = (spec: unknown) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec });

suite('the strict judge of Kubernetes objects', () => {
  test('lets a right object pass', async () => {
    const spec = { containers: [{ name: 'a', image: 'b', resources: { limits: { memory: '64Mi' } } }] };
    assert.deepEqual(await schemaMistakes(pod(spec)), []);
  });

  const table: [title: string, spec: unknown, mistake: RegExp][] = [
    [
      'a field that is not in the schema',
      { containers: [{ name: 'a', restartPolicyy: 'Always' }] },
      /\/spec\/containers\/0\/restartPolicyy is not in/,
    ],
    ['a missing field', { containers: [{ image: 'b' }] }, /containers\/0 must have required property name/],
    [
      'a wrong type',
      { containers: [{ name: 'a', ports: [{ containerPort: 'http' }] }] },
      /containerPort must be integer/,
    ],
    [
      'a value that is no choice',
      { containers: [{ name: 'a', imagePullPolicy: 'Sometimes' }] },
      /imagePullPolicy must be equal to one of/,
    ],
    [
      'a quantity that is none',
      { containers: [{ name: 'a', resources: { limits: { memory: '64MB!' } } }] },
      /must match format "quantity"/,
    ],
  ];
  for (const [title, spec, mistake] of table) {
    test(`finds ${title}`, async () => assert.match((await schemaMistakes(pod(spec))).join('\n'), mistake));
  }

  test('finds a kind that does not exist', async () => {
    const gadget = { apiVersion: 'v1', kind: 'Gadget', metadata: { name: 'g' } };
    assert.deepEqual(await schemaMistakes(gadget), ['no schema for v1 Gadget']);
  });
});
