/** Imported before tests, it has Node's HTTP server read everything that their proxies are sent. */
process.env['READER'] = 'node';
