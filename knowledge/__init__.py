"""The knowledge base: passages, their embeddings, the FAISS index and the retriever."""
