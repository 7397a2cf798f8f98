import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Peer } from './peer.ts';

/** The floor: what a Node process costs that answers every request with an empty 200 and does nothing else. */
export const emptyNode: Peer = {
  name: 'empty Node process',
  abilities: [],
  setUp: '`node:http` answering an empty 200: the floor of memory and start-up',
  version: () => process.versions.node,
  prepare(context) {
    const path = join(context.dir, 'empty.mjs');
    writeFileSync(
      path,
      `import http from 'node:http';\nhttp.createServer((_, response) => response.end()).listen(${context.port}, '127.0.0.1');\n`,
    );
    return { command: process.execPath, args: [path] };
  },
};
