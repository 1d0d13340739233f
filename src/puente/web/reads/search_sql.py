"""The statement that finds, ranks and counts for a search; `reads.search` fills it in."""

from __future__ import annotations

# What is written between the characters of an identifier; an RFC of a firm may hold an ampersand.
CODE_OF = """translate(upper({0}), '-. /+()&_:,;#*', '')"""

# DuckDB's fold, which knows accents and apostrophes, but not look-alike letters or mangled text.
FOLD_OF = """trim(regexp_replace(upper(strip_accents(translate({0}, '’‘ʼʻʹ´`''', ''))),
  '[^\\p{{L}}\\p{{N}}]+', ' ', 'g'))"""

# `fold` holds every name, folded, parted by " | ": a word stands between blanks wherever it is.
# Most rows fall at this first, cheap look; only what passes is ranked.
CODE = f"""contains('|' || {CODE_OF.format("array_to_string(identifiers, '|')")} || '|',
  '|' || $code || '|')"""

RANK = """CASE
  WHEN {code} THEN 0
  WHEN contains('| ' || fold || ' |', '| ' || $folded || ' |') THEN 1
  WHEN contains('| ' || fold, '| ' || $folded) THEN 2
  WHEN {words} THEN 3
  WHEN {beginnings} THEN 4 END"""

SIMILAR = """CASE WHEN list_max(list_transform(string_split(fold, ' | '),
  lambda x: jaro_winkler_similarity(x, $folded))) >= $near THEN 5 END"""

# What bears no name stands behind all that does: "~" sorts after every letter.

# Where the artefacts are closed, relations of the same names are made from the open records.
RECORDS = f"""
nodes AS (
  SELECT entity_id AS cluster_id, any_value(schema) AS schema,
    coalesce(first(value ORDER BY prop <> 'name', value) FILTER (prop IN ('name', 'full',
      'registrationNumber', 'vin', 'recordId', 'program')), entity_id) AS caption,
    coalesce(list_sort(list(DISTINCT value) FILTER (prop IN (SELECT unnest($names)))), [])
      AS names,
    coalesce(list_sort(list(DISTINCT value) FILTER (prop IN (SELECT unnest($ids)))), [])
      AS identifiers,
    coalesce(list_sort(list(DISTINCT value)
      FILTER (prop IN ('country', 'nationality', 'jurisdiction'))), []) AS countries,
    coalesce(list_sort(list(DISTINCT value) FILTER (prop = 'program')), []) AS programs,
    list_sort(list(DISTINCT source)) AS sources, 1 AS records, count(*)::INTEGER AS statements,
    bool_or(record_class = 'sanctions') AS listed,
    CASE WHEN bool_or(prop = 'standing' AND value = 'non_suspect') THEN 'non_suspect' ELSE '' END
      AS standing,
    min(first_seen) AS first_seen, max(last_seen) AS last_seen,
    list_sort(list(DISTINCT marking)) AS marking,
    coalesce(array_to_string(list_sort(list(DISTINCT {FOLD_OF.format("value")})
      FILTER (prop IN (SELECT unnest($names)))), ' | '), '') AS fold
  FROM statements WHERE current GROUP BY entity_id),
hits AS (SELECT '' AS entity_id, '' AS list, '' AS verdict, 0.0 AS score WHERE false),
steps AS (SELECT '' AS cluster_id, 0 AS steps WHERE false),"""

MATCHED = """
WITH {records}
ranked AS (
  SELECT * REPLACE (CASE WHEN fold = '' THEN '~' ELSE fold END AS fold), {rank} AS rank,
    NOT listed AS unlisted
  FROM nodes
  WHERE {likely} AND schema NOT IN (SELECT unnest($relations))),
lists AS (SELECT list(name) AS names FROM (
  SELECT source AS name FROM loads WHERE record_class = 'sanctions'
  UNION SELECT list FROM hits)),
best AS (
  SELECT entity_id AS cluster_id, min_by(list, place) AS hit_list,
    min_by(verdict, place) AS verdict,
    list(DISTINCT list) FILTER (verdict IN ('same', 'possible')) AS hit_lists
  FROM (SELECT *, CASE verdict WHEN 'same' THEN 0 WHEN 'possible' THEN 1 WHEN 'kin' THEN 2
        ELSE 3 END - score / 10 AS place FROM hits) GROUP BY 1),
matched AS MATERIALIZED (
  SELECT r.*, b.hit_list, b.verdict, s.steps, list_distinct(list_concat(
    coalesce(b.hit_lists, []), list_intersect(r.sources, coalesce(l.names, [])))) AS listings
  FROM ranked r CROSS JOIN lists l LEFT JOIN best b USING (cluster_id)
  LEFT JOIN (SELECT cluster_id, min(steps) AS steps FROM steps GROUP BY 1) s USING (cluster_id)
  WHERE r.rank IS NOT NULL),
judged AS (
  SELECT *, ($kind = '' OR schema = $kind) AS in_kind,
    ($source = '' OR list_contains(sources, $source)) AS in_source,
    ($listing = '' OR list_contains(listings, $listing)) AS in_listing,
    ($match = '' OR coalesce(verdict, '') = $match
      OR ($match = 'alert' AND verdict IN ('same', 'possible'))) AS in_match,
    ($steps = '' OR steps::VARCHAR = $steps) AS in_steps
  FROM matched),"""

PAGE = """
page AS (
  SELECT 'page' AS facet, cluster_id AS id, schema, caption, names, identifiers, rank, countries,
    sources, programs, records, statements, listed, standing, coalesce(verdict, '') AS verdict,
    coalesce(hit_list, '') AS hit_list, steps, marking, first_seen, last_seen, unlisted, fold
  FROM judged WHERE in_kind AND in_source AND in_listing AND in_match AND in_steps {keyset}
  ORDER BY {order} LIMIT {limit})
"""

COUNTS = """
SELECT * FROM page
UNION ALL BY NAME SELECT 'total' AS facet, '' AS value, count(*) AS n FROM judged
  WHERE in_kind AND in_source AND in_listing AND in_match AND in_steps
UNION ALL BY NAME SELECT 'kind' AS facet, schema AS value, count(*) AS n FROM judged
  WHERE in_source AND in_listing AND in_match AND in_steps GROUP BY value
UNION ALL BY NAME SELECT 'source' AS facet, x AS value, count(*) AS n FROM (
  SELECT unnest(sources) AS x FROM judged WHERE in_kind AND in_listing AND in_match
    AND in_steps) GROUP BY value
UNION ALL BY NAME SELECT 'listing' AS facet, x AS value, count(*) AS n FROM (
  SELECT unnest(listings) AS x FROM judged WHERE in_kind AND in_source AND in_match
    AND in_steps) GROUP BY value
UNION ALL BY NAME SELECT 'steps' AS facet, steps::VARCHAR AS value, count(*) AS n FROM judged
  WHERE in_kind AND in_source AND in_listing AND in_match AND steps IS NOT NULL GROUP BY value
UNION ALL BY NAME SELECT 'match' AS facet, x AS value, count(*) AS n FROM (
  SELECT unnest(CASE WHEN verdict IN ('same', 'possible') THEN ['alert', verdict]
    ELSE [verdict] END) AS x FROM judged
  WHERE in_kind AND in_source AND in_listing AND in_steps AND verdict IS NOT NULL) GROUP BY value
"""
