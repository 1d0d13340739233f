"""Spatial statistics on arrays: autocorrelation, fixed effects, smoothing, scans, charts."""
