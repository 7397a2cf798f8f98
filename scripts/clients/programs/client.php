<?php
// The cases of run.ts with the curl extension or with PHP's own streams.
$library = $argv[1];
$base = getenv('CMU');
$curl = $library === 'curl' ? curl_init() : null;

function get(string $method, string $path, array $headers = []): array
{
    global $base, $curl;
    if ($curl !== null) {
        curl_reset($curl);
        curl_setopt_array($curl, [
            CURLOPT_URL => $base . $path, CURLOPT_RETURNTRANSFER => true, CURLOPT_HEADER => true,
            CURLOPT_HTTPHEADER => $headers, CURLOPT_NOBODY => $method === 'HEAD', CURLOPT_ENCODING => 'gzip',
        ]);
        $all = curl_exec($curl);
        $size = curl_getinfo($curl, CURLINFO_HEADER_SIZE);
        return [curl_getinfo($curl, CURLINFO_RESPONSE_CODE), substr($all, 0, $size), substr($all, $size)];
    }
    $context = stream_context_create(['http' => [
        'method' => $method, 'header' => $headers, 'ignore_errors' => true, 'protocol_version' => 1.1,
    ]]);
    $body = file_get_contents($base . $path, false, $context);
    $head = implode("\n", $http_response_header);
    preg_match('/^HTTP\S+ (\d+)/', $head, $status);
    if (stripos($head, 'content-encoding: gzip') !== false && $body !== '') $body = gzdecode($body);
    return [(int) $status[1], $head, $body];
}

$rows = fn (string $body): int => count(json_decode($body)->report);
$json = getenv('JSON');
[$status, $head, $body] = get('GET', $json);
echo "json $status {$rows($body)}\n";
preg_match('/^etag: *(.+?)\s*$/mi', $head, $etag);
[$status, , $body] = get('GET', getenv('CSV'));
echo "csv $status " . count(explode("\n", trim($body))) . "\n";
[$status, , $body] = get('GET', $json, ['Accept-Encoding: gzip']);
echo "gzip $status {$rows($body)}\n";
echo 'conditional ' . get('GET', $json, ["If-None-Match: $etag[1]"])[0] . "\n";
echo 'head ' . get('HEAD', $json)[0] . "\n";
echo 'missing ' . get('GET', getenv('MISSING'))[0] . "\n";
$before = get('GET', $json)[0];
sleep((int) getenv('WAIT'));
echo "reuse $before " . get('GET', $json)[0] . "\n";
