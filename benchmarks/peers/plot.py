"""What was measured, as a picture."""

from figures import groups


def draw(measured, path):
    """A line for each workload: times of peers over Etch's; right of 1 Etch is faster."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    columns = list(groups(measured))
    names = list(dict.fromkeys(row["name"] for row in measured["rows"]))
    peers = [name for name in measured["versions"] if name != "etch"]
    figure, axes = plt.subplots(1, len(columns), sharey=True, figsize=(5 * len(columns) + 4, 0.24 * len(names) + 2))
    axes = [axes] if len(columns) == 1 else list(axes)
    markers = dict(zip(peers, "osD^v<>ph*X"))
    for axis, (threads, rows) in zip(axes, columns):
        for peer in peers:
            points = [
                (row["results"][peer]["seconds"] / row["results"]["etch"]["seconds"], names.index(row["name"]))
                for row in rows
                if peer in row["results"] and "etch" in row["results"]
            ]
            axis.plot([x for x, _ in points], [y for _, y in points], markers[peer], label=peer, markersize=5, alpha=0.8)
        limits = [
            (row["limit"] / row["results"]["etch"]["seconds"], names.index(row["name"]))
            for row in rows
            if row["limit"] and "etch" in row["results"]
        ]
        axis.plot([x for x, _ in limits], [y for _, y in limits], "k|", label="copy or FMAs", markersize=9)
        axis.axvline(1, color="black", linewidth=1)
        axis.set_xscale("log")
        axis.set_title(f"{threads} thread{'s' if threads > 1 else ''}")
        axis.set_xlabel("time / Etch's time; right of 1: Etch is faster")
        axis.grid(True, axis="both", alpha=0.3)
    axes[0].set_yticks(range(len(names)), names, fontsize=8)
    axes[0].set_ylim(len(names) - 0.5, -0.5)
    figure.tight_layout(rect=(0, 0, 1, 1 - 0.6 / figure.get_figheight()))
    figure.legend(*axes[0].get_legend_handles_labels(), loc="upper center", ncols=6, fontsize=8)
    figure.savefig(path, dpi=110)
