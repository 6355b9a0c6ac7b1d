"""Models for a router without a model list."""

KNOWN_MODELS: tuple[str, ...] = (
    "Qwen/Qwen3-235B-A22B-Instruct-2507",
    "Qwen/Qwen3-Coder-480B-A35B-Instruct",
    "deepseek-ai/DeepSeek-V3.1",
    "meta-llama/Llama-3.3-70B-Instruct",
    "moonshotai/Kimi-K2-Instruct-0905",
    "openai/gpt-oss-120b",
    "openai/gpt-oss-20b",
    "zai-org/GLM-4.6",
    "zai-org/GLM-4.7-Flash",
)
"""What ``list_models`` answers where the router's model list does not exist (HTTP 404): chat models
that have been served through Inference Providers. A call may still find one of them withdrawn."""
