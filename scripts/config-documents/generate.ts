import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigSchema } from '../../src/config/settings/schema.ts';
import { renderDefaultYaml } from './default-yaml.ts';
import { renderJsonSchema } from './json-schema.ts';
import { renderReference } from './reference.ts';

/** The files that are made from the schema: their path in the repository and what belongs in them. */
export const generatedFiles = (): ReadonlyMap<string, string> =>
  new Map([
    ['config/default.yaml', renderDefaultYaml(ConfigSchema)],
    ['config/schema.json', renderJsonSchema(ConfigSchema)],
    ['docs/configuration.md', renderReference(ConfigSchema)],
  ]);

// Only when run (`npm run docs`); the test that checks the files imports this module.
if (import.meta.main) {
  const root = new URL('../../', import.meta.url);
  for (const [path, text] of generatedFiles()) {
    const file = fileURLToPath(new URL(path, root));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}
