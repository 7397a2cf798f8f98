# The cases of run.ts with LWP or HTTP::Tiny.
use strict;
use warnings;
use JSON::PP;

my $library = shift;
my ($base, $json) = @ENV{qw(CMU JSON)};
my $agent;
if ($library eq 'LWP') { require LWP::UserAgent; $agent = LWP::UserAgent->new(keep_alive => 4) }
else { require HTTP::Tiny; $agent = HTTP::Tiny->new(keep_alive => 1) }

sub get {
    my ($method, $path, %headers) = @_;
    if ($library eq 'LWP') {
        require HTTP::Request;
        my $answer = $agent->request(HTTP::Request->new($method, $base . $path, [%headers]));
        return ($answer->code, scalar $answer->header('etag'), $answer->decoded_content);
    }
    my $answer = $agent->request($method, $base . $path, {headers => \%headers});
    my $body = $answer->{content};
    if (($answer->{headers}{'content-encoding'} // '') eq 'gzip' && length $body) {
        require IO::Uncompress::Gunzip;
        IO::Uncompress::Gunzip::gunzip(\$body, \my $plain);
        $body = $plain;
    }
    return ($answer->{status}, $answer->{headers}{etag}, $body);
}
sub rows { scalar @{decode_json(shift)->{report}} }

my ($status, $etag, $body) = get('GET', $json);
print "json $status ", rows($body), "\n";
($status, undef, $body) = get('GET', $ENV{CSV});
print "csv $status ", scalar(split /\n/, $body), "\n";
($status, undef, $body) = get('GET', $json, 'Accept-Encoding' => 'gzip');
print "gzip $status ", rows($body), "\n";
print 'conditional ', (get('GET', $json, 'If-None-Match' => $etag))[0], "\n";
print 'head ', (get('HEAD', $json))[0], "\n";
print 'missing ', (get('GET', $ENV{MISSING}))[0], "\n";
my ($before) = get('GET', $json);
sleep $ENV{WAIT};
print "reuse $before ", (get('GET', $json))[0], "\n";
