"""A map on disk by aspire's MeanEstimator, with its default basis, preconditioner and tolerance."""

from _protocol import Contestant, Inputs, contest


def prepare(inputs: Inputs) -> Contestant:
    from aspire.reconstruction import MeanEstimator
    from aspire.source import RelionSource
    from aspire.volume import Volume

    def job():
        source = RelionSource(inputs["particles"])
        estimate = MeanEstimator(source, checkpoint_iterations=None).estimate()
        estimate.save(inputs["folder"] + ".mrc", overwrite=True)

    return job, lambda: {"map": Volume.load(inputs["folder"] + ".mrc").asnumpy()[0]}


contest(prepare)
