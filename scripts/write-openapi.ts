import { writeFileSync } from 'node:fs';
import { openApiDocument } from '../src/sandbox/openapi/openapi.ts';

/** Writes `docs/openapi.json`, with each reference on one line, as Biome leaves it. A test holds the file to the code. */
const text = JSON.stringify(openApiDocument(), null, 2).replaceAll(/\{\s+("\$ref": "[^"]*")\s+\}/g, '{ $1 }');
writeFileSync(new URL('../docs/openapi.json', import.meta.url), `${text}\n`);
