"""How much of what people suffer comes to be recorded: INEGI's victim survey, by place and year.

Source: INEGI, Encuesta Nacional de Victimización y Percepción sobre Seguridad Pública (ENVIPE).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from puente.ingest.counting import NATION

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from puente.guard.view import View

_STREET = "robo_o_asalto_en_calle_o_transporte_publico"

ENVIPE_OF: Mapping[str, str] = {
    "extorsion": "extorsion",
    "cieisp_extorsion": "extorsion",
    "fraude": "fraude",
    "amenazas": "amenazas_verbales",
    "lesiones_dolosas": "lesiones",
    "robo_a_casa_habitacion": "robo_en_casa_habitacion",
    "robo_de_vehiculo_automotor": "robo_total_de_vehiculo",
    "cieisp_robo_de_vehiculo_con_violencia": "robo_total_de_vehiculo",
    "cieisp_robo_de_vehiculo_sin_violencia": "robo_total_de_vehiculo",
    "robo_de_autopartes": "robo_parcial_de_vehiculo",
    "robo_a_transeunte_en_via_publica": _STREET,
    "robo_a_transeunte_en_espacio_abierto_al_publico": _STREET,
    "robo_en_transporte_publico_individual": _STREET,
    "robo_en_transporte_publico_colectivo": _STREET,
    "otros_robos": "robo_en_forma_distinta_a_las_anteriores",
}
"""The crime of the survey that a crime of the panel comes nearest to.

Source: SESNSP, CNSP/38/15; INEGI, ENVIPE, catalogue of crimes.
Limits: the survey asks households and people of 18 and over; no homicide, no crime against firms.
    From the survey of 2025 on, threats are asked for in other words (`amenazas`).
"""

Z90 = 1.6449
"""Standard normal deviate that leaves 5 percent on either side."""

_RATES = """
WITH wide AS (
  SELECT place, record, left(period, 4)::INTEGER AS year,
    max(value) FILTER (measure = 'cifra_negra_pct') AS dark,
    max(low) FILTER (measure = 'cifra_negra_pct') AS dark_low,
    max(high) FILTER (measure = 'cifra_negra_pct') AS dark_high,
    max(value) FILTER (measure = 'denuncia_pct') AS told_pct,
    max(low) FILTER (measure = 'cifra_negra_pct_cv') AS cv_low,
    max(high) FILTER (measure = 'cifra_negra_pct_cv') AS cv_high
  FROM indicators WHERE current AND source = 'envipe'
    AND (record = 'all' OR place = $nation)
  GROUP BY ALL),
  bounded AS (
  SELECT *, 100 - coalesce(dark_high, dark + $z * cv_high / 100 * dark) AS low_pct,
    100 - coalesce(dark_low, dark - $z * cv_high / 100 * dark) AS high_pct
  FROM wide WHERE dark IS NOT NULL)
SELECT place, record, year, 100 - dark AS reported_pct,
  CASE WHEN low_pct < 0 THEN 0 ELSE low_pct END AS low_pct,
  CASE WHEN high_pct > 100 THEN 100 ELSE high_pct END AS high_pct, told_pct, cv_low, cv_high
FROM bounded ORDER BY place, record, year
"""


def reporting_rates(view: View) -> pa.Table:
    """Return what share of the crimes suffered came to have a file opened.

    Columns: place (`SS000` or `00000`), record (`all`, or a crime of ENVIPE for the nation), year
    (that was asked about, the one before the survey), reported_pct (0 to 100: 100 less the cifra
    negra), low_pct and high_pct (90 percent; from INEGI's interval where it gives one, else from
    the upper bound of its coefficient of variation; null where neither is known), told_pct (of the
    crimes suffered, those denounced; null where not given), cv_low and cv_high (percent).

    Source: see the module.
    Limits: a share of crimes against households and people of 18 and over, all crimes together in
        a state: it says nothing of one crime in one state. Sampling error only.
    """
    return view.sql(_RATES, {"nation": NATION, "z": Z90})
