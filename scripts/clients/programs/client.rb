# The cases of run.ts with Net::HTTP on one connection.
require 'json'
require 'net/http'

base = URI(ENV.fetch('CMU'))
http = Net::HTTP.start(base.host, base.port)
http.keep_alive_timeout = 300
get = lambda do |method, path, headers = {}|
  kind = method == 'HEAD' ? Net::HTTP::Head : Net::HTTP::Get
  http.request(kind.new(base.path + path, headers))
end
rows = ->(answer) { JSON.parse(answer.body)['report'].length }
json = ENV.fetch('JSON')

first = get.call('GET', json)
puts "json #{first.code} #{rows.call(first)}"
csv = get.call('GET', ENV.fetch('CSV'))
puts "csv #{csv.code} #{csv.body.lines.length}"
# Net::HTTP asks for gzip and decodes it by itself, unless the caller sets the field.
packed = get.call('GET', json)
puts "gzip #{packed.code} #{rows.call(packed)}"
puts "conditional #{get.call('GET', json, 'If-None-Match' => first['etag']).code}"
puts "head #{get.call('HEAD', json).code}"
puts "missing #{get.call('GET', ENV.fetch('MISSING')).code}"
before = get.call('GET', json).code
sleep ENV.fetch('WAIT').to_f
puts "reuse #{before} #{get.call('GET', json).code}"
