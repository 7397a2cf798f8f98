import { randomUUID } from 'node:crypto';
import type { Answer } from '../answer.ts';

/**
 * The answer over the DCR rate: HTML from an edge server with a load balancer's cookie, and no Retry-After
 * (docs/adobe.md §5).
 */
export const throttledAnswer = (): Answer => ({
  status: 429,
  headers: {
    'content-type': 'text/html',
    server: 'awselb/2.0',
    'set-cookie': `AWSALB=${randomUUID()}; Path=/; SameSite=None; Secure`,
  },
  body: '<html>\r\n<head><title>429 Too Many Requests</title></head>\r\n<body>\r\n<center><h1>429 Too Many Requests</h1></center>\r\n</body>\r\n</html>\r\n',
});
