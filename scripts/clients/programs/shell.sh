#!/bin/sh
# The cases of run.ts with one command-line client. $1 names it; CMU is the base URL, WAIT the seconds between two calls.
set -u
client=$1
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
head=$dir/head body=$dir/body

# get METHOD PATH [HEADER]: leaves the fields in $head and the body in $body
get() {
  method=$1 url=$CMU$2 field=${3:-X-Nothing: 1}
  : >"$head"; : >"$body"
  case $client in
    curl)
      case $method in HEAD) flag=--head ;; *) flag=--get ;; esac
      curl --silent --show-error "$flag" --dump-header "$head" --output "$body" --header "$field" "$url" ;;
    wget)
      case $method in HEAD) flag=--spider ;; *) flag=--method=GET ;; esac
      wget --quiet --content-on-error --server-response "$flag" --output-document="$body" --header="$field" "$url" 2>"$head"
      sed -i 's/^ *//' "$head" ;;
    httpie)
      http --ignore-stdin --print=hb --pretty=none "$method" "$url" "$field" >"$dir/all"
      sed '/^\r*$/q' "$dir/all" >"$head"; sed '1,/^\r*$/d' "$dir/all" >"$body" ;;
  esac
  :
}
status() { sed -n 's/^HTTP[^ ]* \([0-9]*\).*/\1/p' "$head" | tail -n 1; }
rows() { jq '.report | length' "$body" 2>/dev/null || echo none; }
etag() { sed -n 's/^[Ee][Tt][Aa][Gg]: *\(.*[^\r]\)\r*$/\1/p' "$head" | tail -n 1; }

get GET "$JSON"; echo "json $(status) $(rows)"; tag=$(etag)
get GET "$CSV"; echo "csv $(status) $(wc -l <"$body" | tr -d ' ')"
get GET "$JSON" 'Accept-Encoding: gzip'
case $client in curl | wget) gzip --decompress --stdout <"$body" >"$body.plain" 2>/dev/null && mv "$body.plain" "$body" ;; esac
echo "gzip $(status) $(rows)"
[ "$client" = wget ] || { get GET "$JSON" "If-None-Match: $tag"; echo "conditional $(status)"; }
get HEAD "$JSON"; echo "head $(status)"
get GET "$MISSING"; echo "missing $(status)"
get GET "$JSON"; first=$(status); sleep "$WAIT"; get GET "$JSON"; echo "reuse $first $(status)"
