import { randomUUID } from 'node:crypto';
import type { Answer } from '../http/answer.ts';

const cookie = (name: string, value: string): string => `${name}=${value}; Path=/; SameSite=None; Secure`;

/** The answer over the DCR rate, as seen: the edge's HTML, a balancer's cookies, no Retry-After (docs/adobe.md §5). */
export const throttledAnswer = (): Answer => {
  const stickiness = randomUUID();
  return {
    status: 429,
    headers: {
      'content-type': 'text/html',
      server: 'openresty',
      'set-cookie': [cookie('AWSALB', stickiness), cookie('AWSALBCORS', stickiness)],
    },
    body: `<html>\r
<head><title>429 Too Many Requests</title></head>\r
<body>\r
<center><h1>429 Too Many Requests</h1></center>\r
<hr><center>openresty</center>\r
</body>\r
</html>\r
`,
  };
};
